"""New objects in the inbox: makes the renditions of each.

An object that fails for now is retried by its sender. One that can never succeed is sent to the dead-letter queue at
once, with the reason, in a message that can be redriven when the cause has been fixed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from app.core.deadline import Deadline, Stopwatch
from app.core.errors import NotFound, ServiceError, StorageUnavailable
from app.events.classify import classify
from app.events.failure import InvocationFailed
from app.events.s3_objects import S3Object, unwrap
from app.service import RequestContext

if TYPE_CHECKING:
    from app.container import Container
    from app.runtime.dead_letters import DeadLetters

Outcome = Literal["made", "passed over", "given up", "again"]


def make_renditions(container: Container, event: Mapping[str, Any], lambda_context: Any) -> dict[str, Any]:
    """Handle each object by itself; tell SQS which messages failed, raise InvocationFailed to every other sender."""
    objects, deadline = unwrap(event), container.deadline(lambda_context)
    outcomes = [_handle(container, deadline, each) for each in objects]
    again = [each for each, outcome in zip(objects, outcomes, strict=True) if outcome == "again"]
    if again and not all(each.message for each in again):
        raise InvocationFailed(f"{len(again)} of {len(objects)} objects could not be processed now")
    if any(each.message for each in objects):
        # https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
        messages = dict.fromkeys(each.message for each in again)
        return {"batchItemFailures": [{"itemIdentifier": message} for message in messages]}
    if set(outcomes) <= {"passed over"}:
        return {"ignored": classify(event)}
    return {"status": 200, "made": outcomes.count("made"), "given_up": outcomes.count("given up")}


def _handle(container: Container, deadline: Deadline, created: S3Object) -> Outcome:
    inbox = container.services.inbox
    key, why = ("", created.why) if created.why else inbox.find(created.bucket, created.key)
    if why:
        _log(container, created, "passed over", why)
        return "passed over"
    context = RequestContext(deadline, Stopwatch())
    try:
        written = inbox.make_renditions(context, key)
    except NotFound as exc:
        outcome: Outcome = "passed over"  # deleted before we got to it
        why = exc.detail
    except ServiceError as exc:
        outcome = "again" if exc.may_pass else _give_up(container.backends.dead_letters, created, exc)
        why = exc.detail
    except Exception as exc:  # a bug of ours: the platform limits the retries, and keeps the event in the end
        container.log.bug(exc, container=container.id)
        outcome, why = "again", type(exc).__name__
    else:
        outcome, why = "made", f"{len(written)} widths"
    _log(container, created, outcome, why)
    return outcome


def _give_up(dead_letters: DeadLetters, created: S3Object, exc: ServiceError) -> Outcome:
    try:
        dead_letters.send(created.event, {"code": exc.code, "reason": exc.detail, "key": created.key})
    except StorageUnavailable:
        return "again"  # a pointless retry is better than losing an event silently
    return "given up"


def _log(container: Container, created: S3Object, outcome: Outcome, why: str) -> None:
    level: Literal["warning", "info"] = "warning" if outcome in ("given up", "again") else "info"
    fields = {"bucket": created.bucket, "key": created.key[:200], "outcome": outcome, "why": why[:300]}
    container.log.write(level, {"event": "s3_record", "container": container.id, **fields})
