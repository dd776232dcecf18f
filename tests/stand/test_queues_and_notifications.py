"""The local AWS handles asynchronous events as AWS does: retries, dead letters, redrives, mappings, notifications."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from tests.stand import minimal_function
from tests.stand.local_aws import LocalAws
from tests.stand.moto_backend import ACCOUNT
from tests.support.waiting import wait_until

FAILING_EVENT = b'{"fail": true}'


class Queue:
    """A queue with a unique name."""

    def __init__(self, local_aws: LocalAws, name: str, **attributes: Any) -> None:
        self._sqs = local_aws.client("sqs")
        encoded = {key: msgspec.json.encode(value).decode() for key, value in attributes.items()}
        self.url = self._sqs.create_queue(QueueName=f"{name}-{local_aws.suffix}", Attributes=encoded)["QueueUrl"]
        self.arn = self._attribute("QueueArn")

    def send(self, body: str) -> None:
        self._sqs.send_message(QueueUrl=self.url, MessageBody=body)

    def permit(self, bucket: str) -> None:
        """Let S3 send to the queue for a bucket of this account."""
        condition = {
            "ArnLike": {"aws:SourceArn": f"arn:aws:s3:::{bucket}"},
            "StringEquals": {"aws:SourceAccount": ACCOUNT.number},
        }
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": "s3.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": self.arn,
            "Condition": condition,
        }
        policy = msgspec.json.encode({"Version": "2012-10-17", "Statement": [statement]}).decode()
        self._sqs.set_queue_attributes(QueueUrl=self.url, Attributes={"Policy": policy})

    def messages(self) -> list[dict[str, Any]]:
        """Return the visible messages, and leave them visible."""
        options = {"VisibilityTimeout": 0, "MaxNumberOfMessages": 10, "MessageAttributeNames": ["All"]}
        found: list[dict[str, Any]] = self._sqs.receive_message(QueueUrl=self.url, **options).get("Messages", [])
        return found

    def bodies(self) -> list[str]:
        return [each["Body"] for each in self.messages()]

    def invisible(self) -> int:
        """Return how many messages were received and not deleted."""
        return int(self._attribute("ApproximateNumberOfMessagesNotVisible"))

    def _attribute(self, name: str) -> str:
        value: str = self._sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=[name])["Attributes"][name]
        return value


def test_events_given_up_go_to_the_functions_dead_letter_queue(local_aws: LocalAws) -> None:
    queue = Queue(local_aws, "dead")
    minimal_function.create(local_aws, "failing", DeadLetterConfig={"TargetArn": queue.arn})
    first = len(local_aws.functions.invocations)
    local_aws.client("lambda").invoke(FunctionName="failing", InvocationType="Event", Payload=FAILING_EVENT)
    wait_until(lambda: local_aws.is_idle)
    request_ids = [each.outcome.request_id for each in local_aws.functions.invocations[first:]]
    (message,) = queue.messages()
    assert message["Body"].encode() == FAILING_EVENT
    attributes = {name: (each["DataType"], each["StringValue"]) for name, each in message["MessageAttributes"].items()}
    assert attributes == {
        "RequestID": ("String", request_ids[0]),
        "ErrorCode": ("Number", "200"),
        "ErrorMessage": ("String", "asked to"),
    }
    assert request_ids == [request_ids[0]] * 3


def test_without_a_dead_letter_queue_they_are_lost(local_aws: LocalAws) -> None:
    minimal_function.create(local_aws, "careless")
    first = len(local_aws.calls)
    local_aws.client("lambda").invoke(FunctionName="careless", InvocationType="Event", Payload=FAILING_EVENT)
    wait_until(lambda: local_aws.is_idle)
    assert not [each for each in local_aws.calls[first:] if "SendMessage" in each.header("X-Amz-Target")]


def test_messages_are_moved_only_out_of_the_dead_letter_queue_of_another_queue(local_aws: LocalAws) -> None:
    sqs, dead = local_aws.client("sqs"), Queue(local_aws, "lonely")
    with pytest.raises(ClientError, match="must be configured as a Dead Letter Queue"):
        sqs.start_message_move_task(SourceArn=dead.arn)
    redrive = Queue(local_aws, "again", RedrivePolicy={"deadLetterTargetArn": dead.arn, "maxReceiveCount": 3})
    for arns in ({"SourceArn": f"{dead.arn}x"}, {"SourceArn": dead.arn, "DestinationArn": f"{redrive.arn}x"}):
        with pytest.raises(ClientError, match="parameter doesn't exist"):
            sqs.start_message_move_task(**arns)
    dead.send("a message")
    handle = sqs.start_message_move_task(SourceArn=dead.arn, DestinationArn=redrive.arn)["TaskHandle"]
    wait_until(lambda: local_aws.is_idle)
    (task,) = sqs.list_message_move_tasks(SourceArn=dead.arn)["Results"]
    assert (task["TaskHandle"], task["Status"]) == (handle, "COMPLETED")
    assert (redrive.bodies(), dead.bodies()) == (["a message"], [])


def test_messages_that_no_queue_sent_need_a_destination(local_aws: LocalAws) -> None:
    sqs, dead = local_aws.client("sqs"), Queue(local_aws, "homeless")
    Queue(local_aws, "source", RedrivePolicy={"deadLetterTargetArn": dead.arn, "maxReceiveCount": 3})
    dead.send("from a function")
    sqs.start_message_move_task(SourceArn=dead.arn)
    wait_until(lambda: local_aws.is_idle)
    (task,) = sqs.list_message_move_tasks(SourceArn=dead.arn)["Results"]
    assert (task["Status"], task["FailureReason"]) == ("FAILED", "CouldNotDetermineMessageSource")
    assert len(dead.messages()) == 1


def test_a_message_that_keeps_failing_ends_in_the_dead_letter_queue_of_its_queue(local_aws: LocalAws) -> None:
    dead = Queue(local_aws, "given-up")
    queue = Queue(local_aws, "tried", RedrivePolicy={"deadLetterTargetArn": dead.arn, "maxReceiveCount": 3})
    minimal_function.create(local_aws, "retrying")
    first = len(local_aws.functions.invocations)
    parameters = {"BatchSize": 1, "FunctionResponseTypes": ["ReportBatchItemFailures"]}
    local_aws.client("lambda").create_event_source_mapping(
        FunctionName="retrying", EventSourceArn=queue.arn, **parameters
    )
    queue.send("no")
    wait_until(lambda: local_aws.is_idle)
    assert len(local_aws.functions.invocations[first:]) == 3
    assert (queue.bodies(), dead.bodies()) == ([], ["no"])


@pytest.mark.parametrize(("types", "kept"), [(["ReportBatchItemFailures"], 1), ([], 0)])
def test_a_mapping_keeps_failed_messages_only_with_report_batch_item_failures(
    local_aws: LocalAws, types: list[str], kept: int
) -> None:
    """This is why the template creates the mapping: Zappa's have no FunctionResponseTypes."""
    name = f"reader-{kept}"
    minimal_function.create(local_aws, name)
    queue = Queue(local_aws, name)
    for body in ("yes", "no"):
        queue.send(body)
    parameters = {"FunctionName": name, "EventSourceArn": queue.arn, "BatchSize": 1, "FunctionResponseTypes": types}
    mapping = local_aws.client("lambda").create_event_source_mapping(**parameters)
    wait_until(lambda: local_aws.is_idle)
    assert queue.invisible() == kept
    local_aws.client("lambda").delete_event_source_mapping(UUID=mapping["UUID"])
    queue.send("nobody reads this")
    wait_until(lambda: local_aws.is_idle)
    assert queue.bodies() == ["nobody reads this"]


def test_a_bucket_announces_objects_only_to_a_queue_that_permits_it(local_aws: LocalAws) -> None:
    queue, bucket = Queue(local_aws, "announced"), local_aws.create_bucket("announcing")
    s3 = local_aws.client("s3")
    rules = {"FilterRules": [{"Name": "prefix", "Value": "in/"}, {"Name": "suffix", "Value": ".jpg"}]}
    entry = {"QueueArn": queue.arn, "Events": ["s3:ObjectCreated:*"], "Filter": {"Key": rules}}
    configuration = {"Bucket": bucket, "NotificationConfiguration": {"QueueConfigurations": [entry]}}
    with pytest.raises(ClientError, match="Unable to validate"):
        s3.put_bucket_notification_configuration(**configuration)
    queue.permit(bucket)
    s3.put_bucket_notification_configuration(**configuration)
    for key in ("in/a.png", "out/a.jpg", "in/a.jpg"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"x")
    test, event = (msgspec.json.decode(each) for each in queue.bodies())
    assert test["Event"] == "s3:TestEvent"
    assert event["Records"][0]["s3"]["object"]["key"] == "in/a.jpg"
