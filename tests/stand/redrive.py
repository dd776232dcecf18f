"""The life of events that fail: tried, given up, looked at, mended, moved, and done at last."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import msgspec

from tests.lab.conftest import wait_until
from tests.stand import stack
from tests.stand.aws import Stand
from tests.stand.containers import Run
from tests.support.drawing import encoded, photo

Fields = dict[str, Any]

PHOTO = encoded(photo(320, 240), "JPEG")
LOCKED = "production/inbox/locked.jpg"
POISON = "production/inbox/poison.png"


class Redriven(msgspec.Struct, frozen=True, kw_only=True):
    """What ran for each of two objects, the letters about them, and what came of moving these.

    ``attempts`` counts runs by key and request id.
    """

    attempts: Counter[tuple[str, str]]
    letters: list[Fields]
    task: Fields
    second: list[Run]
    renditions: list[str]
    letters_left: list[Fields]
    waiting: list[Fields]


def perform(stand: Stand, root: Path, around: dict[str, str]) -> Redriven:
    """Put a photo that may not be read and a file that is none into the inbox; mend what can be, and redrive."""
    bucket, s3 = around["Storage"].split("/")[2], stand.client("s3")
    stand.denied.add(f"/{bucket}/{LOCKED}")
    first = len(stand.containers.runs)
    for key, body in ((LOCKED, PHOTO), (POISON, b"no image at all")):
        s3.put_object(Bucket=bucket, Key=key, Body=body)
    wait_until(lambda: stand.is_quiet)
    tried, letters = stand.containers.runs[first:], _lying(stand, around["DeadLetterArn"])
    stand.denied.clear()
    again = around["SecondTriesArn"]
    # what `aws cloudformation deploy … Redrive=true` makes
    stand.client("lambda").create_event_source_mapping(EventSourceArn=again, **stack.mapping(root, "production"))
    sqs = stand.client("sqs")
    sqs.start_message_move_task(SourceArn=around["DeadLetterArn"], DestinationArn=again)
    wait_until(lambda: stand.is_quiet)
    listed = s3.list_objects_v2(Bucket=bucket, Prefix="production/resized/").get("Contents", [])
    return Redriven(
        attempts=Counter((_key(run.event), run.outcome.request_id) for run in tried),
        letters=letters,
        task=sqs.list_message_move_tasks(SourceArn=around["DeadLetterArn"])["Results"][0],
        second=stand.containers.runs[first + len(tried) :],
        renditions=[each["Key"] for each in listed],
        letters_left=_lying(stand, around["DeadLetterArn"]),
        waiting=_lying(stand, again),
    )


def told(letter: Fields) -> dict[str, str]:
    """Return the attributes of a message as plain texts."""
    return {name: each["StringValue"] for name, each in letter["MessageAttributes"].items()}


def _lying(stand: Stand, arn: str) -> list[Fields]:
    """Return what lies in a queue, which it goes on doing."""
    sqs = stand.client("sqs")
    url = sqs.get_queue_url(QueueName=arn.rpartition(":")[2])["QueueUrl"]
    given = {"VisibilityTimeout": 0, "MaxNumberOfMessages": 10, "MessageAttributeNames": ["All"]}
    found: list[Fields] = sqs.receive_message(QueueUrl=url, **given).get("Messages", [])
    return found


def _key(event: bytes | str) -> str:
    key: str = msgspec.json.decode(event)["Records"][0]["s3"]["object"]["key"]
    return key


def by_key(letters: list[Fields]) -> dict[str, Fields]:
    """Return letters by the object they are about."""
    return {_key(letter["Body"]): letter for letter in letters}
