"""New objects in the inbox: six envelopes, each object alone, no loop, retries only where they help."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from app.errors import StorageUnavailable
from app.events.failure import InvocationFailed
from measurement.lambda_context import LambdaContext
from tests.conftest import FakeClock, MakeS3Storage
from tests.support.aws_events import eventbridge, in_sns, in_sqs, notification, s3_record, s3_test, sns_body
from tests.support.door import Door
from tests.support.drawing import encoded, opened, photo
from tests.support.http_events import Event
from tests.support.s3.server import S3
from tests.support.watched_storage import WatchedStorage

JPEG = encoded(photo(800, 600), "JPEG")
NAME = "a b+c%20é.jpg"
PREFIX = "pre/fix"


class Inbox:
    """A door with a bucket, and what arrives there."""

    def __init__(self, door: Callable[..., Door], make_s3_storage: MakeS3Storage, s3: S3, **settings: Any) -> None:
        self.bucket = s3.bucket()
        self.storage = WatchedStorage(make_s3_storage(s3, bucket=self.bucket, prefix=PREFIX))
        self.door = door(stored_in=self.storage, **settings)

    def put(self, name: str, data: bytes = JPEG) -> str:
        """Put an object into the inbox and return its whole name in the bucket."""
        self.storage.put(f"inbox/{name}", data, media_type="image/jpeg")
        return f"{PREFIX}/inbox/{name}"

    def event(self, *names: str) -> Event:
        return notification(*(s3_record(name, bucket=self.bucket) for name in names))

    def bridge(self, name: str, kind: str = "Object Created") -> Event:
        return eventbridge(name, bucket=self.bucket, kind=kind)

    def made(self) -> list[str]:
        return list(self.storage.keys("resized/"))

    def outcomes(self) -> list[str]:
        return [line["outcome"] for line in self.door.log() if line["event"] == "s3_record"]

    def fail_on(self, part: str, error: type[Exception] = StorageUnavailable) -> None:
        def fail(method: str, key: str) -> None:
            if method == "get" and part in key:
                raise error("on purpose")

        self.storage.before = fail


@pytest.fixture
def inbox(door: Callable[..., Door], make_s3_storage: MakeS3Storage, s3: S3) -> Inbox:
    return Inbox(door, make_s3_storage, s3, widths=(100, 200))


ENVELOPES: dict[str, Callable[[Inbox, str], Event]] = {
    "direct": lambda here, name: here.event(name),
    "sns": lambda here, name: in_sns(here.event(name)),
    "sqs": lambda here, name: in_sqs(here.event(name)),
    "sns in sqs": lambda here, name: in_sqs(sns_body(here.event(name))),
    "eventbridge": lambda here, name: here.bridge(name),
    "eventbridge in sqs": lambda here, name: in_sqs(here.bridge(name)),
}
every_envelope = pytest.mark.parametrize("wrap", ENVELOPES.values(), ids=ENVELOPES)


@every_envelope
def test_a_new_object_gets_its_renditions(inbox: Inbox, wrap: Callable[[Inbox, str], Event]) -> None:
    event = wrap(inbox, inbox.put(NAME))
    for _ in range(2):  # a repeat is harmless
        answer = inbox.door(event)
        assert answer in ({"status": 200, "made": 1, "given_up": 0}, {"batchItemFailures": []})
        assert inbox.made() == [f"resized/100-{NAME}", f"resized/200-{NAME}"]
    for width in (100, 200):
        body = inbox.storage.get(f"resized/{width}-{NAME}")
        assert body
        assert opened(body).size == (width, width * 3 // 4)


@every_envelope
def test_a_temporary_failure_is_retried_by_the_sender(inbox: Inbox, wrap: Callable[[Inbox, str], Event]) -> None:
    event = wrap(inbox, inbox.put(NAME))
    inbox.fail_on("inbox/")
    if "m0" in json.dumps(event):
        assert inbox.door(event) == {"batchItemFailures": [{"itemIdentifier": "m0"}]}
    else:
        with pytest.raises(InvocationFailed):
            inbox.door(event)
    assert inbox.door.letters.sent == []


@every_envelope
def test_an_object_that_can_never_succeed_is_given_up_at_once(
    inbox: Inbox, wrap: Callable[[Inbox, str], Event]
) -> None:
    name = inbox.put("broken.jpg", JPEG[:2000])
    answer = inbox.door(wrap(inbox, name))
    assert answer in ({"status": 200, "made": 0, "given_up": 1}, {"batchItemFailures": []})
    ((event, reason),) = inbox.door.letters.sent
    assert reason["code"] == "undecodable_image"
    assert reason["reason"]
    # moved back to the queue it is an event like any other, and when the reason is gone it works
    inbox.put("broken.jpg")
    assert inbox.door(in_sqs(event)) == {"batchItemFailures": []}
    assert len(inbox.made()) == 2


@pytest.mark.parametrize(
    ("data", "settings", "code"),
    [
        (b"no image at all", {}, "unsupported_media_type"),
        (b"", {}, "unsupported_media_type"),
        (JPEG, {"max_source_bytes": 1000}, "source_too_large"),
        (JPEG, {"max_source_pixels": 1000}, "too_many_pixels"),
    ],
)
def test_each_dead_letter_has_its_reason(
    door: Callable[..., Door], make_s3_storage: MakeS3Storage, s3: S3, data: bytes, settings: dict[str, int], code: str
) -> None:
    inbox = Inbox(door, make_s3_storage, s3, **settings)
    inbox.door(inbox.event(inbox.put("x.jpg", data)))
    assert [reason["code"] for _, reason in inbox.door.letters.sent] == [code]


def test_each_record_is_alone(inbox: Inbox) -> None:
    good, broken, late = inbox.put("good.jpg"), inbox.put("broken.jpg", b"x"), inbox.put("late.jpg")
    inbox.fail_on("late")
    messages: list[Event | str] = [
        inbox.event(late),
        inbox.event(good),
        inbox.event(broken),
        inbox.event(good, late),
        "{not json",
    ]
    answer = inbox.door(in_sqs(*messages))
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m0"}, {"itemIdentifier": "m3"}]}
    assert inbox.made() == ["resized/100-good.jpg", "resized/200-good.jpg"]
    assert inbox.outcomes() == ["again", "made", "given up", "made", "again", "passed over"]
    with pytest.raises(InvocationFailed, match="1 of 2"):
        inbox.door(inbox.event(late, good))


def test_an_event_is_retried_when_its_dead_letter_is_not_accepted(inbox: Inbox) -> None:
    inbox.door.letters.refuse = True
    answer = inbox.door(in_sqs(inbox.event(inbox.put("broken.jpg", b"x"))))
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m0"}]}


def test_a_bug_is_tried_again_and_is_in_the_log(inbox: Inbox) -> None:
    event = inbox.event(inbox.put("x.jpg"))
    inbox.fail_on("inbox/", ZeroDivisionError)
    with pytest.raises(InvocationFailed):
        inbox.door(event)
    assert [line["event"] for line in inbox.door.log()] == ["bug", "s3_record", "invocation"]


def test_running_out_of_time_late_in_a_batch_is_retried(inbox: Inbox) -> None:
    first, second = inbox.put("1.jpg"), inbox.put("2.jpg")
    hurried = LambdaContext(remaining_ms=751)  # too little for an image, as after nine others
    answer = inbox.door(in_sqs(inbox.event(first), inbox.event(second)), hurried)
    assert {"itemIdentifier": "m1"} in answer["batchItemFailures"]


def test_only_the_first_of_a_batch_is_given_up_for_the_time_it_would_take(
    door: Callable[..., Door], make_s3_storage: MakeS3Storage, s3: S3, clock: FakeClock
) -> None:
    inbox = Inbox(door, make_s3_storage, s3, clock=clock)  # the clock stands still: the first takes no time
    first, second = inbox.put("1.jpg"), inbox.put("2.jpg")
    answer = inbox.door(in_sqs(inbox.event(first), inbox.event(second)), LambdaContext(remaining_ms=751))
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m1"}]}
    assert inbox.outcomes() == ["given up", "again"]
    assert [reason["code"] for _, reason in inbox.door.letters.sent] == ["too_costly"]


NOT_OURS = [
    "resized/100-photo.jpg",
    "originals/" + "0" * 32,
    f"{PREFIX}/resized/100-photo.jpg",
    f"{PREFIX}/derived/{'0' * 32}/x",
    f"{PREFIX}/inbox/",
    f"{PREFIX}/inbox/folder/",
    f"{PREFIX}/inbox/../originals/x",
    f"{PREFIX}/inbox/./x",
    "inbox/photo.jpg",
    f"{PREFIX}x/inbox/photo.jpg",
]


@pytest.mark.parametrize("name", NOT_OURS)
def test_nothing_outside_the_inbox_is_touched(inbox: Inbox, name: str) -> None:
    for event in (inbox.event(name), inbox.bridge(name)):
        assert list(inbox.door(event)) == ["ignored"]
    assert inbox.outcomes() == ["passed over"] * 2
    assert inbox.made() == []


def test_a_rendition_causes_no_event(inbox: Inbox) -> None:
    inbox.door(inbox.event(inbox.put("resized/100-inbox/x.jpg")))
    made = inbox.made()
    for key in made:
        assert inbox.door(inbox.event(f"{PREFIX}/{key}")) == {"ignored": "s3"}
    assert inbox.made() == made == ["resized/100-resized/100-inbox/x.jpg", "resized/200-resized/100-inbox/x.jpg"]


def test_objects_of_another_bucket_are_ignored(inbox: Inbox) -> None:
    name = inbox.put("x.jpg")
    assert inbox.door(notification(s3_record(name, bucket="photos"))) == {"ignored": "s3"}
    assert inbox.made() == []


def test_a_deleted_object_is_passed_over(inbox: Inbox) -> None:
    assert inbox.door(inbox.event(f"{PREFIX}/inbox/gone.jpg")) == {"ignored": "s3"}
    assert inbox.door.letters.sent == []


OTHERS: list[tuple[Any, dict[str, Any]]] = [
    (notification(s3_record(name="ObjectRemoved:Delete")), {"ignored": "s3"}),
    (notification(s3_record(name="ObjectTagging:Put")), {"ignored": "s3"}),
    (in_sns(s3_test()), {"ignored": "s3_in_sns"}),
    (in_sqs(s3_test()), {"batchItemFailures": []}),
    (eventbridge(kind="Object Deleted"), {"ignored": "s3_in_eventbridge"}),
    (in_sqs("", "null", "[1]", '{"Records": [{}]}', '{"Records": 3}', '{"hello": "world"}'), {"batchItemFailures": []}),
    ({"Records": [{"eventSource": "aws:s3"}]}, {"ignored": "s3"}),
    (
        {"Records": [{"eventSource": "aws:s3", "eventName": "ObjectCreated:Put", "s3": {"bucket": 3}}]},
        {"ignored": "s3"},
    ),
]


@pytest.mark.parametrize(("event", "answer"), OTHERS)
def test_other_s3_events_are_logged_and_ignored(door: Callable[..., Door], event: Any, answer: dict[str, Any]) -> None:
    here = door()
    assert here(event) == answer
    lines = [line for line in here.log() if line["event"] == "s3_record"]
    assert lines
    assert all(line["outcome"] == "passed over" and line["why"] for line in lines)
