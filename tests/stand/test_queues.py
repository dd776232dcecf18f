"""The stand's queues keep AWS's promises: retries, dead letters, moves, mappings, and who may be woken by a bucket."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from botocore.exceptions import ClientError

from tests.lab.conftest import wait_until
from tests.stand import minimal_function
from tests.stand.aws import Stand

FAILING = b'{"fail": true}'


class Queue:
    """A queue of the stand's."""

    def __init__(self, stand: Stand, name: str, **attributes: Any) -> None:
        self._sqs = stand.client("sqs")
        given = {key: msgspec.json.encode(value).decode() for key, value in attributes.items()}
        self.url = self._sqs.create_queue(QueueName=f"{name}-{stand.suffix}", Attributes=given)["QueueUrl"]
        told = self._sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=["QueueArn"])
        self.arn: str = told["Attributes"]["QueueArn"]

    def send(self, body: str) -> None:
        self._sqs.send_message(QueueUrl=self.url, MessageBody=body)

    def lying(self) -> list[dict[str, Any]]:
        """Return what lies there, in flight or not being looked at."""
        given = {"VisibilityTimeout": 0, "MaxNumberOfMessages": 10, "MessageAttributeNames": ["All"]}
        found: list[dict[str, Any]] = self._sqs.receive_message(QueueUrl=self.url, **given).get("Messages", [])
        return found

    def hidden(self) -> str:
        """Return how many messages were received and not deleted."""
        name = "ApproximateNumberOfMessagesNotVisible"
        told = self._sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=[name])
        count: str = told["Attributes"][name]
        return count


def test_given_up_events_go_to_the_queue_named_by_the_function(stand: Stand) -> None:
    dead = Queue(stand, "dead")
    minimal_function.create(stand, "failing", DeadLetterConfig={"TargetArn": dead.arn})
    first = len(stand.containers.runs)
    stand.client("lambda").invoke(FunctionName="failing", InvocationType="Event", Payload=FAILING)
    wait_until(lambda: stand.is_quiet)
    runs = stand.containers.runs[first:]
    (letter,) = dead.lying()
    assert letter["Body"].encode() == FAILING
    told = {name: (each["DataType"], each["StringValue"]) for name, each in letter["MessageAttributes"].items()}
    assert told == {
        "RequestID": ("String", runs[0].outcome.request_id),
        "ErrorCode": ("Number", "200"),
        "ErrorMessage": ("String", "asked to"),
    }
    assert [run.outcome.request_id for run in runs] == [runs[0].outcome.request_id] * 3


def test_without_such_a_queue_they_are_lost(stand: Stand) -> None:
    minimal_function.create(stand, "careless")
    before = stand.calls.copy()
    stand.client("lambda").invoke(FunctionName="careless", InvocationType="Event", Payload=FAILING)
    wait_until(lambda: stand.is_quiet)
    assert not [each for each in stand.calls[len(before) :] if "SendMessage" in each.header("X-Amz-Target")]


def test_letters_are_moved_only_out_of_a_dead_letter_queue_of_a_queue(stand: Stand) -> None:
    sqs, dead = stand.client("sqs"), Queue(stand, "lonely")
    with pytest.raises(ClientError, match="must be configured as a Dead Letter Queue"):
        sqs.start_message_move_task(SourceArn=dead.arn)
    again = Queue(stand, "again", RedrivePolicy={"deadLetterTargetArn": dead.arn, "maxReceiveCount": 3})
    for arns in ({"SourceArn": f"{dead.arn}x"}, {"SourceArn": dead.arn, "DestinationArn": f"{again.arn}x"}):
        with pytest.raises(ClientError, match="parameter doesn't exist"):
            sqs.start_message_move_task(**arns)
    dead.send("a letter")
    handle = sqs.start_message_move_task(SourceArn=dead.arn, DestinationArn=again.arn)["TaskHandle"]
    wait_until(lambda: stand.is_quiet)
    (task,) = sqs.list_message_move_tasks(SourceArn=dead.arn)["Results"]
    assert (task["TaskHandle"], task["Status"]) == (handle, "COMPLETED")
    assert ([each["Body"] for each in again.lying()], dead.lying()) == (["a letter"], [])


def test_letters_that_no_queue_sent_need_a_destination(stand: Stand) -> None:
    sqs, dead = stand.client("sqs"), Queue(stand, "homeless")
    Queue(stand, "home", RedrivePolicy={"deadLetterTargetArn": dead.arn, "maxReceiveCount": 3})
    dead.send("from a function")
    sqs.start_message_move_task(SourceArn=dead.arn)
    wait_until(lambda: stand.is_quiet)
    (task,) = sqs.list_message_move_tasks(SourceArn=dead.arn)["Results"]
    assert (task["Status"], task["FailureReason"]) == ("FAILED", "CouldNotDetermineMessageSource")
    assert len(dead.lying()) == 1


@pytest.mark.parametrize(("types", "kept"), [(["ReportBatchItemFailures"], "1"), ([], "0")])
def test_a_mapping_keeps_what_failed_only_when_it_asks_what_did(stand: Stand, types: list[str], kept: str) -> None:
    """This is why the template makes the mapping: Zappa's have no FunctionResponseTypes."""
    name = f"reader-{kept}"
    minimal_function.create(stand, name)
    queue = Queue(stand, name)
    for body in ("yes", "no"):
        queue.send(body)
    mapped = {"FunctionName": name, "EventSourceArn": queue.arn, "BatchSize": 1, "FunctionResponseTypes": types}
    made = stand.client("lambda").create_event_source_mapping(**mapped)
    wait_until(lambda: stand.is_quiet)
    assert queue.hidden() == kept
    stand.client("lambda").delete_event_source_mapping(UUID=made["UUID"])
    queue.send("nobody reads this")
    wait_until(lambda: stand.is_quiet)
    assert [each["Body"] for each in queue.lying()] == ["nobody reads this"]


def test_a_bucket_wakes_only_a_function_that_lets_it(stand: Stand) -> None:
    arn, bucket = minimal_function.create(stand, "woken"), f"waking-{stand.suffix}"
    stand.bucket("waking")
    s3, functions = stand.client("s3"), stand.client("lambda")
    rule = {"FilterRules": [{"Name": "prefix", "Value": "in/"}, {"Name": "suffix", "Value": ".jpg"}]}
    entry = {"LambdaFunctionArn": arn, "Events": ["s3:ObjectCreated:*"], "Filter": {"Key": rule}}
    wanted = {"Bucket": bucket, "NotificationConfiguration": {"LambdaFunctionConfigurations": [entry]}}
    with pytest.raises(ClientError, match="Unable to validate"):
        s3.put_bucket_notification_configuration(**wanted)
    let = {"Action": "lambda:InvokeFunction", "Principal": "s3.amazonaws.com", "SourceArn": f"arn:aws:s3:::{bucket}"}
    functions.add_permission(FunctionName="woken", StatementId="s3", **let)
    s3.put_bucket_notification_configuration(**wanted)
    first = len(stand.containers.runs)
    for key in ("in/a.png", "out/a.jpg", "in/a.jpg"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"x")
    functions.remove_permission(FunctionName="woken", StatementId="s3")
    s3.put_object(Bucket=bucket, Key="in/b.jpg", Body=b"x")
    wait_until(lambda: stand.is_quiet)
    keys = [
        msgspec.json.decode(run.event)["Records"][0]["s3"]["object"]["key"] for run in stand.containers.runs[first:]
    ]
    assert keys == ["in/a.jpg"]
