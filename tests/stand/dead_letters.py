"""Sends asynchronous events that Lambda gives up to the dead-letter queue of their function.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html#invocation-dlq
"""

from __future__ import annotations

from typing import Final

import msgspec

from lab.invoke_api.async_queue import FailureRecord
from tests.stand.clients import FUNCTION, Clients

_MAX_MESSAGE: Final = 1024


class DeadLetters:
    """Knows the dead-letter queue of each function."""

    def __init__(self, client: Clients) -> None:
        self._client = client
        self._queues: dict[str, str] = {}

    def configure(self, function: str, queue_arn: str) -> None:
        """Send the function's failed events to this queue from now on."""
        self._queues[function] = queue_arn

    def deliver(self, record: FailureRecord) -> None:
        """Send the event with its error to the queue, with the role's permissions; without a queue it is lost."""
        context = record["requestContext"]
        queue = self._queues.get(context["functionArn"].split(":")[6])
        if not queue:
            return
        payload = msgspec.json.decode(record.get("responsePayload", b"{}"))
        texts = {
            "RequestID": context["requestId"],
            "ErrorMessage": str(payload.get("errorMessage", ""))[:_MAX_MESSAGE],
        }
        attributes = {name: {"DataType": "String", "StringValue": text} for name, text in texts.items() if text}
        code = str(record.get("responseContext", {}).get("statusCode", 200))
        self._client("sqs", FUNCTION).send_message(
            QueueUrl=self._client("sqs").get_queue_url(QueueName=queue.rpartition(":")[2])["QueueUrl"],
            MessageBody=bytes(record["requestPayload"]).decode(),
            MessageAttributes={**attributes, "ErrorCode": {"DataType": "Number", "StringValue": code}},
        )
