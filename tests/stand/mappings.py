"""Lambda's pollers: what lies in a queue is handed to the function that a mapping names. moto would ask Docker.

https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs, unquote
from uuid import uuid4

import msgspec

from lab.accounts.function import REGION
from lab.containers.outcomes import Outcome
from lab.http.server import Request, Response, json_response
from tests.stand.backend import code_of
from tests.stand.signed import FUNCTION

if TYPE_CHECKING:
    from tests.stand.aws import Stand

Fields = dict[str, Any]

_PATH: Final = re.compile(r"/2015-03-31/event-source-mappings/?(?P<uuid>[\w-]*)")
_SENDING: Final = ("AmazonSQS.SendMessage", "AmazonSQS.SendMessageBatch")


def answer(stand: Stand, request: Request) -> Response | None:
    """Return the answer to what is asked of mappings, None for everything else."""
    found = _PATH.fullmatch(unquote(request.path))
    if not found:
        return None
    if request.method == "POST":
        return _create(stand, msgspec.json.decode(request.body))
    if request.method == "DELETE":
        return json_response(202, {**stand.mappings.pop(found["uuid"]), "State": "Deleting"})
    wanted = parse_qs(request.query).get("EventSourceArn", [""])[0]
    matching = [each for each in stand.mappings.values() if wanted in ("", each["EventSourceArn"])]
    return json_response(200, {"EventSourceMappings": matching})


def sent(stand: Stand, request: Request) -> None:
    """Poll the queue that a message was just sent to, if a mapping does."""
    if request.header("X-Amz-Target") not in _SENDING:
        return
    queue = msgspec.json.decode(request.body)["QueueUrl"].rpartition("/")[2]
    for mapping in list(stand.mappings.values()):
        if mapping["EventSourceArn"].endswith(f":{queue}"):
            stand.background(_poll, stand, mapping)


def _create(stand: Stand, asked: Fields) -> Response:
    mapping = {"BatchSize": 10, **asked, "UUID": str(uuid4()), "State": "Enabled"}
    stand.client("sqs", FUNCTION).get_queue_attributes(QueueUrl=_url(stand, mapping), AttributeNames=["All"])
    stand.mappings[mapping["UUID"]] = mapping
    stand.background(_poll, stand, mapping)
    return json_response(202, mapping)


def _poll(stand: Stand, mapping: Fields) -> None:
    """Hand over batch by batch until the queue shows nothing; what failed stays, invisible for its time.

    Lambda reads with the rights of the function's role.
    """
    arn, url, sqs = mapping["EventSourceArn"], _url(stand, mapping), stand.client("sqs", FUNCTION)
    given = {"QueueUrl": url, "MaxNumberOfMessages": mapping["BatchSize"], "AttributeNames": ["All"]}
    while found := sqs.receive_message(**given, MessageAttributeNames=["All"]).get("Messages"):
        code = code_of(mapping["FunctionName"], "")
        assert code is not None, "the mapping's function is gone"
        outcome = stand.containers.run(code, msgspec.json.encode({"Records": [_record(each, arn) for each in found]}))
        failed = _failed(mapping, outcome, [each["MessageId"] for each in found])
        for message in found:
            if message["MessageId"] not in failed:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])


def _url(stand: Stand, mapping: Fields) -> str:
    name = mapping["EventSourceArn"].rpartition(":")[2]
    url: str = stand.client("sqs").get_queue_url(QueueName=name)["QueueUrl"]
    return url


def _failed(mapping: Fields, outcome: Outcome, batch: list[str]) -> list[str]:
    """Return which messages are to be tried again; without ReportBatchItemFailures it is all or none."""
    if outcome.error_type:
        return batch
    if "ReportBatchItemFailures" not in mapping.get("FunctionResponseTypes", []):
        return []
    answered = msgspec.json.decode(outcome.payload) or {}
    return [each["itemIdentifier"] for each in answered.get("batchItemFailures", [])]


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
