"""New objects in the inbox: each gets its renditions, fails for now, or is given up at once.

What fails for now is sent again by whoever sent it; what can never work goes to the dead-letter queue
with its reason, in a message that can be moved back when the reason is gone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from app import service
from app.deadline import Stopwatch
from app.errors import NotFound, ServiceError, SourceError, StorageUnavailable, TooCostly, Unavailable
from app.events.classify import classify
from app.events.records import Record, unwrap
from app.events.retry import RetryMeant
from app.service import RequestContext
from app.storage import keys

if TYPE_CHECKING:
    from app.container import Container

Outcome = Literal["made", "passed over", "given up", "again"]


def make_renditions(container: Container, event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Handle each record by itself; tell SQS which messages failed, raise RetryMeant to every other sender."""
    records = unwrap(event)
    outcomes = [_settle(container, context, record, first=at == 0) for at, record in enumerate(records)]
    again = [record for record, outcome in zip(records, outcomes, strict=True) if outcome == "again"]
    if again and not all(record.message for record in again):
        raise RetryMeant(f"{len(again)} of {len(records)} objects could not be worked on now")
    if any(record.message for record in records):
        # https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
        return {"batchItemFailures": [{"itemIdentifier": each} for each in dict.fromkeys(r.message for r in again)]}
    if set(outcomes) <= {"passed over"}:
        return {"ignored": classify(event)}
    return {"status": 200, "made": outcomes.count("made"), "given_up": outcomes.count("given up")}


def _settle(container: Container, context: Any, record: Record, *, first: bool) -> Outcome:
    key, why = _ours(container, record)
    if why:
        _log(container, record, "passed over", why)
        return "passed over"
    turn = RequestContext(container.deadline(context), Stopwatch())
    try:
        written = service.renditions(container.tools, turn, key)
    except NotFound as exc:
        outcome: Outcome = "passed over"  # it was deleted before we came
        why = exc.detail
    except ServiceError as exc:
        outcome, why = _give_up(container, record, exc) if _is_hopeless(exc, first) else "again", exc.detail
    except Exception as exc:  # a bug of ours: the platform's retries are counted, and end in its own dead letters
        container.log_bug(exc)
        outcome, why = "again", type(exc).__name__
    else:
        outcome, why = "made", f"{len(written)} widths"
    _log(container, record, outcome, why)
    return outcome


def _ours(container: Container, record: Record) -> tuple[str, str]:
    """Return the key below our storage, or why the object is none of ours.

    Renditions are written outside the inbox, so that no object can make another event of this kind.
    """
    if record.why:
        return "", record.why
    key = container.tools.storage.key_of(record.bucket, record.key)
    if key is None:
        return "", "the object is not in our storage"
    if not key.startswith(keys.INBOX):
        return "", f"the object is not below {keys.INBOX}"
    return key, "the object is a folder" if key.endswith("/") else ""


def _is_hopeless(exc: ServiceError, first: bool) -> bool:
    """Say whether no retry can help; being late may be the fault of the records before this one."""
    if isinstance(exc, TooCostly) and not first:
        return False
    return not isinstance(exc, Unavailable | SourceError)


def _give_up(container: Container, record: Record, exc: ServiceError) -> Outcome:
    try:
        container.outbound.dead_letters.send(record.event, {"code": exc.code, "reason": exc.detail, "key": record.key})
    except StorageUnavailable:
        return "again"  # better worked on once more in vain than lost without a trace
    return "given up"


def _log(container: Container, record: Record, outcome: Outcome, why: str) -> None:
    level: Literal["warning", "info"] = "warning" if outcome in ("given up", "again") else "info"
    fields = {"bucket": record.bucket, "key": record.key[:200], "outcome": outcome, "why": why[:300]}
    container.log.write(level, {"event": "s3_record", "container": container.id, **fields})
