"""Follows two events that fail, go to the dead-letter queue and are redriven: one succeeds, one fails again."""

from __future__ import annotations

from collections import Counter
from typing import Any

import msgspec

from tests.stand.functions import Invocation
from tests.stand.local_aws import LocalAws
from tests.support.drawing import encoded, photo
from tests.support.waiting import wait_until

Fields = dict[str, Any]

PHOTO = encoded(photo(320, 240), "JPEG")
UNREADABLE = "production/inbox/unreadable.jpg"
NOT_AN_IMAGE = "production/inbox/not_an_image.png"


class FailedEventLifecycle(msgspec.Struct, frozen=True, kw_only=True):
    """What happened before and after the redrive.

    ``attempts`` counts the invocations before it by object key, ``dead_letters`` are the messages by
    then in the dead-letter queue, and ``remaining`` those after it; ``waiting`` are messages left in the inbox.
    """

    attempts: Counter[str]
    dead_letters: list[Fields]
    task: Fields
    redriven: list[Invocation]
    renditions: list[str]
    remaining: list[Fields]
    waiting: list[Fields]


def run(local_aws: LocalAws, stack_outputs: dict[str, str]) -> FailedEventLifecycle:
    """Put an unreadable photo and a file that is no image into the inbox, make the photo readable, and redrive."""
    bucket, s3 = stack_outputs["Storage"].split("/")[2], local_aws.client("s3")
    dead_letter_arn, inbox_arn = stack_outputs["DeadLetterArn"], stack_outputs["InboxArn"]
    local_aws.denied.add(f"/{bucket}/{UNREADABLE}")
    first = len(local_aws.functions.invocations)
    for key, body in ((UNREADABLE, PHOTO), (NOT_AN_IMAGE, b"no image at all")):
        s3.put_object(Bucket=bucket, Key=key, Body=body)
    wait_until(lambda: local_aws.is_idle, seconds=60)
    failed, dead_letters = local_aws.functions.invocations[first:], _messages(local_aws, dead_letter_arn)
    local_aws.denied.clear()
    sqs = local_aws.client("sqs")
    sqs.start_message_move_task(SourceArn=dead_letter_arn, DestinationArn=inbox_arn)
    wait_until(lambda: local_aws.is_idle, seconds=60)
    listed = s3.list_objects_v2(Bucket=bucket, Prefix="production/resized/").get("Contents", [])
    return FailedEventLifecycle(
        attempts=Counter(object_key(msgspec.json.decode(each.event)["Records"][0]["body"]) for each in failed),
        dead_letters=dead_letters,
        task=sqs.list_message_move_tasks(SourceArn=dead_letter_arn)["Results"][0],
        redriven=local_aws.functions.invocations[first + len(failed) :],
        renditions=[each["Key"] for each in listed],
        remaining=_messages(local_aws, dead_letter_arn),
        waiting=_messages(local_aws, inbox_arn),
    )


def attributes(message: Fields) -> dict[str, str]:
    """Return the attributes of a message as plain strings."""
    return {name: each["StringValue"] for name, each in message.get("MessageAttributes", {}).items()}


def by_object_key(messages: list[Fields]) -> dict[str, Fields]:
    """Return messages by the key of the object they are about."""
    return {object_key(message["Body"]): message for message in messages}


def _messages(local_aws: LocalAws, arn: str) -> list[Fields]:
    """Return the messages in a queue, and leave them visible."""
    sqs = local_aws.client("sqs")
    url = sqs.get_queue_url(QueueName=arn.rpartition(":")[2])["QueueUrl"]
    options = {"VisibilityTimeout": 0, "MaxNumberOfMessages": 10, "MessageAttributeNames": ["All"]}
    found: list[Fields] = sqs.receive_message(QueueUrl=url, **options).get("Messages", [])
    return found


def object_key(event: bytes | str) -> str:
    """Return the key in an event of S3."""
    key: str = msgspec.json.decode(event)["Records"][0]["s3"]["object"]["key"]
    return key
