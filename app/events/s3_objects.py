"""S3 events taken out of their envelopes: pure, for any JSON, one value per object that was created.

    S3 ─▶ function                      S3 ─▶ SNS ─▶ function          S3 ─▶ EventBridge ─▶ function
    S3 ─▶ SQS ─▶ function               S3 ─▶ SNS ─▶ SQS ─▶ function   S3 ─▶ EventBridge ─▶ SQS ─▶ function

Each envelope is recognized by its shape, so the order of nesting does not matter.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import unquote_plus

import msgspec

# S3 → SNS → SQS → function has three
_MAX_DEPTH: Final = 4


class S3Object(msgspec.Struct, frozen=True):
    """One object that was created, or the reason ``why`` there is nothing to do.

    ``message`` is the id of the SQS message it came in, ``event`` the innermost event with this object alone.
    """

    message: str
    event: Mapping[str, Any]
    bucket: str = ""
    key: str = ""
    why: str = ""


def unwrap(event: object) -> list[S3Object]:
    """Return every object of an event, in order, with a reason in place of each that cannot be read."""
    return list(_open(event, "", 0))


def _open(event: object, message: str, depth: int) -> Iterator[S3Object]:
    if not isinstance(event, Mapping) or depth > _MAX_DEPTH:
        yield S3Object(message, {}, why="not a known event")
    elif isinstance(event.get("Records"), list):
        for record in event["Records"]:
            yield from _record(record, message, depth)
    elif event.get("source") == "aws.s3":
        yield _from_eventbridge(event, message)
    elif event.get("Type") == "Notification":
        # SNS without raw delivery: https://docs.aws.amazon.com/sns/latest/dg/sns-sqs-as-subscriber.html
        yield from _open(_json(event.get("Message")), message, depth + 1)
    elif event.get("Event") == "s3:TestEvent":
        yield S3Object(message, event, why="the test event of a new notification")
    else:
        yield S3Object(message, event, why="not a known event")


def _record(record: object, message: str, depth: int) -> Iterator[S3Object]:
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
        yield S3Object(message, {"Records": [record]}, why="not a record of S3, SNS or SQS")


def _from_s3(fields: Mapping[str, Any], message: str) -> S3Object:
    """Read a notification; its key is url-encoded as in a form.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
    """
    event, name = {"Records": [fields]}, str(fields.get("eventName"))
    if not name.startswith("ObjectCreated:"):
        return S3Object(message, event, why=f"{name[:60]} is not about a new object")
    detail = _inside(fields, "s3")
    return _created(detail, message, event, unquote_plus(str(_inside(detail, "object").get("key") or "")))


def _from_eventbridge(event: Mapping[str, Any], message: str) -> S3Object:
    """Read an event of EventBridge; its key is the key, not encoded.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
    """
    kind, detail = event.get("detail-type"), _inside(event, "detail")
    if kind != "Object Created":
        return S3Object(message, event, why=f"'{str(kind)[:60]}' is not about a new object")
    return _created(detail, message, event, str(_inside(detail, "object").get("key") or ""))


def _created(detail: Mapping[str, Any], message: str, event: Mapping[str, Any], key: str) -> S3Object:
    bucket = _inside(detail, "bucket").get("name")
    if not isinstance(bucket, str) or not key:
        return S3Object(message, event, why="an event without a bucket or a key")
    return S3Object(message, event, bucket, key)


def _inside(fields: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = fields.get(name)
    return found if isinstance(found, Mapping) else {}


def _json(text: object) -> object:
    try:
        return msgspec.json.decode(text) if isinstance(text, str) else None
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return None
