"""S3 event notifications: an object that is put is announced to the queues its bucket names, which moto does not check.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-filtering.html
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Any, Final
from urllib.parse import parse_qs, unquote
from xml.etree import ElementTree

import msgspec

from lab.http.server import Request, Response
from tests.stand.clients import Clients
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
    """One entry of a bucket's configuration: a queue's ARN, event patterns, and filter rules (name, value)."""

    queue: str
    events: tuple[str, ...]
    rules: tuple[tuple[str, str], ...]

    def matches(self, key: str) -> bool:
        """Return whether putting an object under this key is announced."""
        filters = {"prefix": key.startswith, "suffix": key.endswith}
        return any(fnmatchcase(_OBJECT_PUT, event) for event in self.events) and all(
            filters[name](value) for name, value in self.rules
        )


class S3Notifications:
    """Keeps the notification configuration of each bucket, in ``configurations``, as it was sent."""

    def __init__(self, client: Clients) -> None:
        self.configurations: dict[str, bytes] = {}
        self._client = client

    def answer(self, request: Request) -> Response | None:
        """Get or put a bucket's configuration; return None for every other request."""
        query = parse_qs(request.query, keep_blank_values=True)
        if "notification" not in query or credential_scope(request).service != "s3":
            return None
        bucket = request.path.strip("/")
        if request.method == "GET":
            return Response(status=200, headers=_XML, body=self.configurations.get(bucket, _EMPTY))
        triggers = _triggers(request.body)
        if not all(self._may_send(trigger.queue, bucket) for trigger in triggers):
            return Response(status=400, headers=_XML, body=_REFUSED)
        self.configurations[bucket] = request.body or _EMPTY
        for trigger in triggers:
            # https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
            self._send(trigger.queue, {"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": bucket})
        return Response(status=200)

    def object_put(self, request: Request) -> None:
        """Send a message to the queues that the bucket names if this request put an object."""
        bucket, _, encoded = request.path.lstrip("/").partition("/")
        key = unquote(encoded)
        if request.method != "PUT" or not key or credential_scope(request).service != "s3":
            return
        for trigger in _triggers(self.configurations.get(bucket, _EMPTY)):
            if trigger.matches(key) and self._may_send(trigger.queue, bucket):
                self._send(trigger.queue, notification(s3_record(key, bucket=bucket)))

    def _may_send(self, queue: str, bucket: str) -> bool:
        """Return whether the queue's own policy lets this bucket of this account send to it."""
        names = ["Policy"]
        found = self._client("sqs").get_queue_attributes(QueueUrl=self._url(queue), AttributeNames=names)
        policy = msgspec.json.decode(found.get("Attributes", {}).get("Policy", '{"Statement": []}'))
        return any(
            statement["Effect"] == "Allow"
            and statement["Principal"] == {"Service": "s3.amazonaws.com"}
            and statement["Condition"]["ArnLike"]["aws:SourceArn"] == f"arn:aws:s3:::{bucket}"
            and statement["Condition"]["StringEquals"]["aws:SourceAccount"] == queue.split(":")[4]
            for statement in policy["Statement"]
        )

    def _send(self, queue: str, event: dict[str, Any]) -> None:
        self._client("sqs").send_message(QueueUrl=self._url(queue), MessageBody=msgspec.json.encode(event).decode())

    def _url(self, queue: str) -> str:
        url: str = self._client("sqs").get_queue_url(QueueName=queue.rpartition(":")[2])["QueueUrl"]
        return url


def _triggers(document: bytes) -> list[Trigger]:
    found = ElementTree.fromstring(document or _EMPTY).findall("{*}QueueConfiguration")
    return [
        Trigger(
            each.findtext("{*}Queue", ""),
            tuple(event.text or "" for event in each.findall("{*}Event")),
            tuple(
                (rule.findtext("{*}Name", "").lower(), rule.findtext("{*}Value", ""))
                for rule in each.findall("{*}Filter/{*}S3Key/{*}FilterRule")
            ),
        )
        for each in found
    ]
