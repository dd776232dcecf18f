"""S3 events out of their envelopes: pure, total over JSON, one value for each object that was created.

    S3 ─▶ function                      S3 ─▶ SNS ─▶ function          S3 ─▶ EventBridge ─▶ function
    S3 ─▶ SQS ─▶ function               S3 ─▶ SNS ─▶ SQS ─▶ function   S3 ─▶ EventBridge ─▶ SQS ─▶ function

Every envelope is opened by what it looks like, so the order they are put in does not matter.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import unquote_plus

import msgspec

# function ← SQS ← SNS ← S3 are three
_DEEPEST: Final = 4


class Record(msgspec.Struct, frozen=True):
    """One thing that happened: an object created, or ``why`` it is passed over.

    ``message`` is the id of the SQS message it came in, ``event`` the innermost event with this record alone.
    """

    message: str
    event: Mapping[str, Any]
    bucket: str = ""
    key: str = ""
    why: str = ""


def unwrap(event: object) -> list[Record]:
    """Return every record of an event, in order; what cannot be read is passed over in words."""
    return list(_open(event, "", 0))


def _open(event: object, message: str, depth: int) -> Iterator[Record]:
    if not isinstance(event, Mapping) or depth > _DEEPEST:
        yield Record(message, {}, why="not an event that is known here")
    elif isinstance(event.get("Records"), list):
        for record in event["Records"]:
            yield from _record(record, message, depth)
    elif event.get("source") == "aws.s3":
        yield _from_eventbridge(event, message)
    elif event.get("Type") == "Notification":
        # SNS without raw delivery: https://docs.aws.amazon.com/sns/latest/dg/sns-sqs-as-subscriber.html
        yield from _open(_json(event.get("Message")), message, depth + 1)
    elif event.get("Event") == "s3:TestEvent":
        yield Record(message, event, why="the test event of a new notification")
    else:
        yield Record(message, event, why="not an event that is known here")


def _record(record: object, message: str, depth: int) -> Iterator[Record]:
    fields = record if isinstance(record, Mapping) else {}
    source = fields.get("eventSource") or fields.get("EventSource")
    if source == "aws:s3":
        yield _from_s3(fields, message)
    elif source == "aws:sns":
        # https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html
        yield from _open(_json(_inside(fields, "Sns").get("Message")), message, depth + 1)
    elif source == "aws:sqs":
        # https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
        yield from _open(_json(fields.get("body")), str(fields.get("messageId") or ""), depth + 1)
    else:
        yield Record(message, {"Records": [record]}, why="not a record of S3, SNS or SQS")


def _from_s3(fields: Mapping[str, Any], message: str) -> Record:
    """Read a notification; its key is url-encoded as in a form.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
    """
    event, name = {"Records": [fields]}, str(fields.get("eventName"))
    if not name.startswith("ObjectCreated:"):
        return Record(message, event, why=f"{name[:60]} is not about a new object")
    detail = _inside(fields, "s3")
    return _created(detail, message, event, unquote_plus(str(_inside(detail, "object").get("key") or "")))


def _from_eventbridge(event: Mapping[str, Any], message: str) -> Record:
    """Read an event of EventBridge; its key is the key, not encoded.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
    """
    kind, detail = event.get("detail-type"), _inside(event, "detail")
    if kind != "Object Created":
        return Record(message, event, why=f"'{str(kind)[:60]}' is not about a new object")
    return _created(detail, message, event, str(_inside(detail, "object").get("key") or ""))


def _created(detail: Mapping[str, Any], message: str, event: Mapping[str, Any], key: str) -> Record:
    bucket = _inside(detail, "bucket").get("name")
    if not isinstance(bucket, str) or not key:
        return Record(message, event, why="an event without a bucket or a key")
    return Record(message, event, bucket, key)


def _inside(fields: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = fields.get(name)
    return found if isinstance(found, Mapping) else {}


def _json(text: object) -> object:
    try:
        return msgspec.json.decode(text) if isinstance(text, str) else None
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return None
