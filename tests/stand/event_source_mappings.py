"""Event source mappings: Lambda polls a queue and invokes a function with its messages, which moto needs Docker for.

https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
"""

from __future__ import annotations

import re
from typing import Any, Final
from urllib.parse import parse_qs, unquote
from uuid import uuid4

import msgspec

from lab.account.function import REGION
from lab.containers.outcomes import Outcome
from lab.http.server import Request, Response, json_response
from tests.stand.background import Background
from tests.stand.clients import FUNCTION, Clients
from tests.stand.functions import Functions
from tests.stand.moto_backend import deployed_version

Fields = dict[str, Any]

_PATH: Final = re.compile(r"/2015-03-31/event-source-mappings/?(?P<uuid>[\w-]*)")
_SEND_TARGETS: Final = ("AmazonSQS.SendMessage", "AmazonSQS.SendMessageBatch")


class EventSourceMappings:
    """Keeps the mappings, and polls a queue whenever a message is sent to it."""

    def __init__(self, client: Clients, functions: Functions, background: Background) -> None:
        self._client = client
        self._functions = functions
        self._background = background
        self._mappings: dict[str, Fields] = {}

    def answer(self, request: Request) -> Response | None:
        """Create, delete or list mappings; return None for every other request."""
        found = _PATH.fullmatch(unquote(request.path))
        if not found:
            return None
        if request.method == "POST":
            return self._create(msgspec.json.decode(request.body))
        if request.method == "DELETE":
            return json_response(202, {**self._mappings.pop(found["uuid"]), "State": "Deleting"})
        source = parse_qs(request.query).get("EventSourceArn", [""])[0]
        matching = [each for each in self._mappings.values() if source in ("", each["EventSourceArn"])]
        return json_response(200, {"EventSourceMappings": matching})

    def message_sent(self, request: Request) -> None:
        """Poll the queue if this request sent a message to one that has a mapping."""
        if request.header("X-Amz-Target") not in _SEND_TARGETS:
            return
        queue = msgspec.json.decode(request.body)["QueueUrl"].rpartition("/")[2]
        for mapping in list(self._mappings.values()):
            if mapping["EventSourceArn"].endswith(f":{queue}"):
                self._background.start(self._poll, mapping)

    def _create(self, parameters: Fields) -> Response:
        mapping = {"BatchSize": 10, **parameters, "UUID": str(uuid4()), "State": "Enabled"}
        url = self._queue_url(mapping)
        self._client("sqs", FUNCTION).get_queue_attributes(QueueUrl=url, AttributeNames=["All"])
        self._mappings[mapping["UUID"]] = mapping
        self._background.start(self._poll, mapping)
        return json_response(202, mapping)

    def _poll(self, mapping: Fields) -> None:
        """Invoke the function batch by batch until no message is visible.

        Failed messages stay invisible. If the queue has a dead-letter queue, they become visible at once, and are tried
        until SQS moves them there. Lambda reads the queue with the permissions of the function's role.
        """
        arn, url, sqs = mapping["EventSourceArn"], self._queue_url(mapping), self._client("sqs", FUNCTION)
        options = {"QueueUrl": url, "MaxNumberOfMessages": mapping["BatchSize"], "AttributeNames": ["All"]}
        attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        while messages := sqs.receive_message(**options, MessageAttributeNames=["All"]).get("Messages"):
            deployed = deployed_version(mapping["FunctionName"], "")
            assert deployed is not None, "the mapping's function is gone"
            event = {"Records": [_record(each, arn) for each in messages]}
            outcome = self._functions.invoke(deployed, msgspec.json.encode(event))
            failed = _failed_ids(mapping, outcome, [each["MessageId"] for each in messages])
            for message in messages:
                named = {"QueueUrl": url, "ReceiptHandle": message["ReceiptHandle"]}
                if message["MessageId"] not in failed:
                    sqs.delete_message(**named)
                elif "RedrivePolicy" in attributes:
                    self._client("sqs").change_message_visibility(**named, VisibilityTimeout=0)

    def _queue_url(self, mapping: Fields) -> str:
        name = mapping["EventSourceArn"].rpartition(":")[2]
        url: str = self._client("sqs").get_queue_url(QueueName=name)["QueueUrl"]
        return url


def _failed_ids(mapping: Fields, outcome: Outcome, batch: list[str]) -> list[str]:
    """Return which messages must be tried again: without ReportBatchItemFailures it is all or none."""
    if outcome.error_type:
        return batch
    if "ReportBatchItemFailures" not in mapping.get("FunctionResponseTypes", []):
        return []
    response = msgspec.json.decode(outcome.payload) or {}
    return [each["itemIdentifier"] for each in response.get("batchItemFailures", [])]


def _record(message: Fields, arn: str) -> Fields:
    attributes = message.get("MessageAttributes", {})
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message.get("Attributes", {}),
        "messageAttributes": {
            name: {"stringValue": each["StringValue"], "dataType": each["DataType"]}
            for name, each in attributes.items()
        },
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": arn,
        "awsRegion": REGION,
    }
