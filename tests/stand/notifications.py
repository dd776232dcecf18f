"""S3's notifications: who puts an object wakes the function that the bucket names. moto would ask Docker.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-filtering.html
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs, unquote
from xml.etree import ElementTree

import msgspec
from botocore.exceptions import ClientError

from lab.http.server import Request, Response
from tests.stand.signed import scope
from tests.support.aws_events import notification, s3_record

if TYPE_CHECKING:
    from tests.stand.aws import Stand

_XML: Final = (("Content-Type", "application/xml"),)
_EMPTY: Final = b"<NotificationConfiguration/>"
_REFUSED: Final = (
    b"<Error><Code>InvalidArgument</Code>"
    b"<Message>Unable to validate the following destination configurations</Message></Error>"
)
_PUT: Final = "s3:ObjectCreated:Put"


class Trigger(msgspec.Struct, frozen=True):
    """One entry of a bucket's configuration: which events, of which keys, go to which function."""

    function: str
    events: tuple[str, ...]
    rules: tuple[tuple[str, str], ...]

    def wants(self, key: str) -> bool:
        """Say whether a key that was put is one of them."""
        held = {"prefix": key.startswith, "suffix": key.endswith}
        return any(fnmatchcase(_PUT, event) for event in self.events) and all(
            held[name](value) for name, value in self.rules
        )


def answer(stand: Stand, request: Request) -> Response | None:
    """Return the answer to what is asked of a bucket's configuration, None for everything else."""
    if "notification" not in parse_qs(request.query, keep_blank_values=True) or scope(request).service != "s3":
        return None
    bucket = request.path.strip("/")
    if request.method == "GET":
        return Response(status=200, headers=_XML, body=stand.notifications.get(bucket, _EMPTY))
    if not all(_may_invoke(stand, trigger.function, bucket) for trigger in _triggers(request.body)):
        return Response(status=400, headers=_XML, body=_REFUSED)
    stand.notifications[bucket] = request.body or _EMPTY
    return Response(status=200)


def put(stand: Stand, request: Request) -> None:
    """Wake whom the bucket names for an object that was just put."""
    bucket, _, encoded = request.path.lstrip("/").partition("/")
    key = unquote(encoded)
    if request.method != "PUT" or not key or scope(request).service != "s3":
        return
    for trigger in _triggers(stand.notifications.get(bucket, _EMPTY)):
        if trigger.wants(key) and _may_invoke(stand, trigger.function, bucket):
            event = notification(s3_record(key, bucket=bucket))
            stand.containers.later(trigger.function.rpartition(":")[2], "", msgspec.json.encode(event))


def _triggers(document: bytes) -> list[Trigger]:
    found = ElementTree.fromstring(document or _EMPTY).findall("{*}CloudFunctionConfiguration")
    return [
        Trigger(
            each.findtext("{*}CloudFunction", ""),
            tuple(event.text or "" for event in each.findall("{*}Event")),
            tuple(
                (rule.findtext("{*}Name", "").lower(), rule.findtext("{*}Value", ""))
                for rule in each.findall("{*}Filter/{*}S3Key/{*}FilterRule")
            ),
        )
        for each in found
    ]


def _may_invoke(stand: Stand, function: str, bucket: str) -> bool:
    """Say whether the function's own policy lets this bucket invoke it."""
    return any(each["Principal"] == {"Service": "s3.amazonaws.com"} for each in statements(stand, function, bucket))


def statements(stand: Stand, function: str, bucket: str) -> list[dict[str, Any]]:
    """Return what a function's policy says about a bucket."""
    try:
        policy = msgspec.json.decode(stand.client("lambda").get_policy(FunctionName=function)["Policy"])
    except ClientError:
        return []
    arn = f"arn:aws:s3:::{bucket}"
    return [each for each in policy["Statement"] if arn in str(each.get("Condition"))]
