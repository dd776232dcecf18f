"""SQS's message move tasks, which redrive messages from a dead-letter queue; moto has none.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html
"""

from __future__ import annotations

import time
from typing import Any, Final
from uuid import uuid4

import msgspec
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from lab.http.server import Request, Response, json_response
from tests.stand.background import Background
from tests.stand.clients import Clients

Fields = dict[str, Any]

_NOT_A_DEAD_LETTER_QUEUE: Final = "Source queue must be configured as a Dead Letter Queue."
# for messages that Lambda or a person put into the queue, and no other queue:
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/troubleshooting-dlq-redrive.html
_NO_SOURCE: Final = "CouldNotDetermineMessageSource"


class SqsRedrive:
    """Starts and lists message move tasks."""

    def __init__(self, client: Clients, background: Background) -> None:
        self._client = client
        self._background = background
        self._tasks: list[Fields] = []

    def answer(self, request: Request) -> Response | None:
        """Answer StartMessageMoveTask and ListMessageMoveTasks; return None for every other request."""
        match request.header("X-Amz-Target"):
            case "AmazonSQS.StartMessageMoveTask":
                return self._start(msgspec.json.decode(request.body))
            case "AmazonSQS.ListMessageMoveTasks":
                return self._list(msgspec.json.decode(request.body))
        return None

    def _start(self, parameters: Fields) -> Response:
        source, destination = parameters["SourceArn"], parameters.get("DestinationArn", "")
        for field, arn in (("SourceArn", source), ("DestinationArn", destination)):
            if arn and not self._queue_url(arn):
                message = f"The resource that you specified for the {field} parameter doesn't exist."
                return _error("ResourceNotFoundException", message)
        sqs = self._client("sqs")
        if not sqs.list_dead_letter_source_queues(QueueUrl=self._queue_url(source))["queueUrls"]:
            return _error("InvalidParameterValue", _NOT_A_DEAD_LETTER_QUEUE)
        task = {
            "TaskHandle": str(uuid4()),
            "SourceArn": source,
            "DestinationArn": destination,
            "StartedTimestamp": int(time.time() * 1000),
            "Status": "RUNNING",
            "ApproximateNumberOfMessagesMoved": 0,
        }
        self._tasks.append(task)
        self._background.start(self._move, task)
        return json_response(200, {"TaskHandle": task["TaskHandle"]})

    def _list(self, parameters: Fields) -> Response:
        """Return the tasks of a queue, newest first."""
        found = [task for task in reversed(self._tasks) if task["SourceArn"] == parameters["SourceArn"]]
        return json_response(200, {"Results": found[: parameters.get("MaxResults", 1)]})

    def _move(self, task: Fields) -> None:
        if not task["DestinationArn"]:
            task.update(Status="FAILED", FailureReason=_NO_SOURCE)
            return
        sqs = self._client("sqs")
        source, destination = self._queue_url(task["SourceArn"]), self._queue_url(task["DestinationArn"])
        options = {"QueueUrl": source, "MaxNumberOfMessages": 10, "MessageAttributeNames": ["All"]}
        name = "ApproximateNumberOfMessages"
        # what returns while the others are moved stays
        left = int(sqs.get_queue_attributes(QueueUrl=source, AttributeNames=[name])["Attributes"][name])
        while left > 0 and (messages := sqs.receive_message(**options).get("Messages")):
            left -= len(messages)
            for message in messages:
                attributes = message.get("MessageAttributes", {})
                sqs.send_message(QueueUrl=destination, MessageBody=message["Body"], MessageAttributes=attributes)
                sqs.delete_message(QueueUrl=source, ReceiptHandle=message["ReceiptHandle"])
                task["ApproximateNumberOfMessagesMoved"] += 1
        task["Status"] = "COMPLETED"

    def _queue_url(self, arn: str) -> str:
        """Return the URL of a queue, or an empty string when it does not exist."""
        try:
            url: str = self._client("sqs").get_queue_url(QueueName=arn.rpartition(":")[2])["QueueUrl"]
        except ClientError:
            return ""
        return url


def _error(code: str, message: str) -> Response:
    return json_response(400, {"__type": f"com.amazonaws.sqs#{code}", "message": message})
