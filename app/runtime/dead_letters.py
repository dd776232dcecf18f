"""The dead-letter queue: events that can never succeed, kept for people to look at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import msgspec

from app.runtime.aws_client import AwsClient

# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
_ATTRIBUTE_LENGTH = 1024


class DeadLetters(Protocol):
    """Keeps events that can never succeed."""

    def send(self, event: Mapping[str, Any], reason: Mapping[str, str]) -> None:
        """Keep the event with its reason; raise StorageUnavailable when it was not accepted."""


class SqsDeadLetters:
    """Sends each event to SQS as the message body, so that it can be redriven, with the reason as attributes.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
    """

    def __init__(self, url: str, *, session: Any = None) -> None:
        self._url = url
        self._client = AwsClient("sqs", session)

    def send(self, event: Mapping[str, Any], reason: Mapping[str, str]) -> None:
        """Send one message; do nothing when no queue is set."""
        if not self._url:
            return
        attributes = {
            name: {"DataType": "String", "StringValue": _printable(text)} for name, text in reason.items() if text
        }
        body = msgspec.json.encode(event).decode()
        self._client.call(
            lambda client: client.send_message(QueueUrl=self._url, MessageBody=body, MessageAttributes=attributes),
            "the dead-letter queue did not take a message",
        )


def _printable(text: str) -> str:
    """Replace what XML, and so SQS, cannot carry, and cut the text."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)[:_ATTRIBUTE_LENGTH]
