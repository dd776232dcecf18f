"""What moto's SQS lacks: moving what lies in a dead-letter queue to another queue.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

import msgspec
from botocore.exceptions import ClientError

from lab.http.server import Request, Response, json_response

if TYPE_CHECKING:
    from tests.stand.aws import Stand

Fields = dict[str, Any]

_NOT_DEAD: Final = "Source queue must be configured as a Dead Letter Queue."
# of messages that no queue but Lambda, or somebody by hand, put there:
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/troubleshooting-dlq-redrive.html
_NO_SOURCE: Final = "CouldNotDetermineMessageSource"


def answer(stand: Stand, request: Request) -> Response | None:
    """Return the answer to the two operations, None for every other one."""
    task = _OPERATIONS.get(request.header("X-Amz-Target"))
    return task(stand, msgspec.json.decode(request.body)) if task else None


def _start(stand: Stand, asked: Fields) -> Response:
    source, destination = asked["SourceArn"], asked.get("DestinationArn", "")
    for field, arn in (("SourceArn", source), ("DestinationArn", destination)):
        if arn and not _url(stand, arn):
            told = f"The resource that you specified for the {field} parameter doesn't exist."
            return _refusal("ResourceNotFoundException", told)
    if not stand.client("sqs").list_dead_letter_source_queues(QueueUrl=_url(stand, source))["queueUrls"]:
        return _refusal("InvalidParameterValue", _NOT_DEAD)
    task = {
        "TaskHandle": str(uuid4()),
        "SourceArn": source,
        "DestinationArn": destination,
        "StartedTimestamp": int(time.time() * 1000),
        "Status": "RUNNING",
        "ApproximateNumberOfMessagesMoved": 0,
    }
    stand.moves.append(task)
    stand.background(_move, stand, task)
    return json_response(200, {"TaskHandle": task["TaskHandle"]})


def _list(stand: Stand, asked: Fields) -> Response:
    """Return the tasks of a queue, the newest first."""
    found = [task for task in reversed(stand.moves) if task["SourceArn"] == asked["SourceArn"]]
    return json_response(200, {"Results": found[: asked.get("MaxResults", 1)]})


def _move(stand: Stand, task: Fields) -> None:
    if not task["DestinationArn"]:
        task.update(Status="FAILED", FailureReason=_NO_SOURCE)
        return
    sqs = stand.client("sqs")
    source, destination = _url(stand, task["SourceArn"]), _url(stand, task["DestinationArn"])
    given = {"QueueUrl": source, "MaxNumberOfMessages": 10, "MessageAttributeNames": ["All"]}
    while found := sqs.receive_message(**given).get("Messages"):
        for message in found:
            attributes = message.get("MessageAttributes", {})
            sqs.send_message(QueueUrl=destination, MessageBody=message["Body"], MessageAttributes=attributes)
            sqs.delete_message(QueueUrl=source, ReceiptHandle=message["ReceiptHandle"])
            task["ApproximateNumberOfMessagesMoved"] += 1
    task["Status"] = "COMPLETED"


def _url(stand: Stand, arn: str) -> str:
    try:
        url: str = stand.client("sqs").get_queue_url(QueueName=arn.rpartition(":")[2])["QueueUrl"]
    except ClientError:
        return ""
    return url


def _refusal(code: str, message: str) -> Response:
    return json_response(400, {"__type": f"com.amazonaws.sqs#{code}", "message": message})


_OPERATIONS: Final[dict[str, Callable[[Stand, Fields], Response]]] = {
    "AmazonSQS.StartMessageMoveTask": _start,
    "AmazonSQS.ListMessageMoveTasks": _list,
}
