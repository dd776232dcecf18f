"""S3 event notifications: an object that is put invokes the functions its bucket names, which moto needs Docker for.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-filtering.html
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Any, Final
from urllib.parse import parse_qs, unquote
from xml.etree import ElementTree

import msgspec
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from lab.http.server import Request, Response
from tests.stand.clients import Clients
from tests.stand.functions import Functions
from tests.support.aws_events import notification, s3_record
from tests.support.credential_scope import credential_scope

_XML: Final = (("Content-Type", "application/xml"),)
_EMPTY: Final = b"<NotificationConfiguration/>"
_REFUSED: Final = (
    b"<Error><Code>InvalidArgument</Code>"
    b"<Message>Unable to validate the following destination configurations</Message></Error>"
)
_OBJECT_PUT: Final = "s3:ObjectCreated:Put"


class Trigger(msgspec.Struct, frozen=True):
    """One entry of a bucket's configuration: a function's ARN, event patterns, and filter rules (name, value)."""

    function: str
    events: tuple[str, ...]
    rules: tuple[tuple[str, str], ...]

    def matches(self, key: str) -> bool:
        """Return whether putting an object under this key invokes the function."""
        filters = {"prefix": key.startswith, "suffix": key.endswith}
        return any(fnmatchcase(_OBJECT_PUT, event) for event in self.events) and all(
            filters[name](value) for name, value in self.rules
        )


class S3Notifications:
    """Keeps the notification configuration of each bucket, in ``configurations``, as it was sent."""

    def __init__(self, client: Clients, functions: Functions) -> None:
        self.configurations: dict[str, bytes] = {}
        self._client = client
        self._functions = functions

    def answer(self, request: Request) -> Response | None:
        """Get or put a bucket's configuration; return None for every other request."""
        query = parse_qs(request.query, keep_blank_values=True)
        if "notification" not in query or credential_scope(request).service != "s3":
            return None
        bucket = request.path.strip("/")
        if request.method == "GET":
            return Response(status=200, headers=_XML, body=self.configurations.get(bucket, _EMPTY))
        if not all(self._may_invoke(trigger.function, bucket) for trigger in _triggers(request.body)):
            return Response(status=400, headers=_XML, body=_REFUSED)
        self.configurations[bucket] = request.body or _EMPTY
        return Response(status=200)

    def object_put(self, request: Request) -> None:
        """Invoke the functions that the bucket names if this request put an object."""
        bucket, _, encoded = request.path.lstrip("/").partition("/")
        key = unquote(encoded)
        if request.method != "PUT" or not key or credential_scope(request).service != "s3":
            return
        for trigger in _triggers(self.configurations.get(bucket, _EMPTY)):
            if trigger.matches(key) and self._may_invoke(trigger.function, bucket):
                event = notification(s3_record(key, bucket=bucket))
                self._functions.invoke_async(trigger.function.rpartition(":")[2], "", msgspec.json.encode(event))

    def _may_invoke(self, function: str, bucket: str) -> bool:
        """Return whether the function's own policy lets this bucket invoke it."""
        statements = bucket_statements(self._client, function, bucket)
        return any(each["Principal"] == {"Service": "s3.amazonaws.com"} for each in statements)


def bucket_statements(client: Clients, function: str, bucket: str) -> list[dict[str, Any]]:
    """Return the statements of a function's policy that name a bucket."""
    try:
        policy = msgspec.json.decode(client("lambda").get_policy(FunctionName=function)["Policy"])
    except ClientError:
        return []
    arn = f"arn:aws:s3:::{bucket}"
    return [each for each in policy["Statement"] if arn in str(each.get("Condition"))]


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
