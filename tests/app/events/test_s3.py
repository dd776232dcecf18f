"""New objects in the inbox: six envelopes, each record alone, no loop, retries where they help."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import StorageUnavailable
from app.events.records import unwrap
from app.events.retry import RetryMeant
from app.storage.s3 import S3Storage
from tests.app.events.conftest import Door
from tests.conftest import MakeS3Storage
from tests.support.asking import hand_in
from tests.support.drawing import encoded, opened, photo
from tests.support.event_shapes import (
    Context,
    Event,
    eventbridge,
    in_sns,
    in_sqs,
    notification,
    s3_record,
    s3_test,
    sns_body,
)
from tests.support.s3.server import S3
from tests.support.watched import Watched

JPEG = encoded(photo(800, 600), "JPEG")
NAME = "a b+c%20é.jpg"
PREFIX = "pre/fix"


class Inbox:
    """A door with a bucket, and short words for what arrives there."""

    def __init__(self, door: Door, storage: S3Storage, bucket: str) -> None:
        self.door = door
        self.storage = storage
        self.bucket = bucket

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

        hand_in(self.door.container, Watched(self.storage, fail))


@pytest.fixture
def inbox(door: Callable[..., Door], make_s3_storage: MakeS3Storage, s3: S3) -> Inbox:
    bucket = s3.bucket()
    here = door(widths=(100, 200))
    storage = make_s3_storage(s3, bucket=bucket, prefix=PREFIX)
    hand_in(here.container, storage)
    return Inbox(here, storage, bucket)


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
def test_what_fails_for_now_is_sent_again(inbox: Inbox, wrap: Callable[[Inbox, str], Event]) -> None:
    event = wrap(inbox, inbox.put(NAME))
    inbox.fail_on("inbox/")
    if "m0" in json.dumps(event):
        assert inbox.door(event) == {"batchItemFailures": [{"itemIdentifier": "m0"}]}
    else:
        with pytest.raises(RetryMeant):
            inbox.door(event)
    assert inbox.door.letters.sent == []


@every_envelope
def test_what_can_never_work_is_given_up_at_once(inbox: Inbox, wrap: Callable[[Inbox, str], Event]) -> None:
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
def test_each_has_its_reason(
    door: Callable[..., Door], make_s3_storage: MakeS3Storage, s3: S3, data: bytes, settings: dict[str, int], code: str
) -> None:
    bucket = s3.bucket()
    inbox = Inbox(door(**settings), make_s3_storage(s3, bucket=bucket, prefix=PREFIX), bucket)
    hand_in(inbox.door.container, inbox.storage)
    inbox.door(inbox.event(inbox.put("x.jpg", data)))
    assert [reason["code"] for _, reason in inbox.door.letters.sent] == [code]


def test_each_record_is_alone(inbox: Inbox) -> None:
    good, broken, late = inbox.put("good.jpg"), inbox.put("broken.jpg", b"x"), inbox.put("late.jpg")
    inbox.fail_on("late")
    messages = [inbox.event(late), inbox.event(good), inbox.event(broken), inbox.event(good, late), "{not json"]
    answer = inbox.door(in_sqs(*messages))
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m0"}, {"itemIdentifier": "m3"}]}
    assert inbox.made() == ["resized/100-good.jpg", "resized/200-good.jpg"]
    assert inbox.outcomes() == ["again", "made", "given up", "made", "again", "passed over"]
    with pytest.raises(RetryMeant, match="1 of 2"):
        inbox.door(inbox.event(late, good))


def test_a_dead_letter_that_is_not_taken_is_tried_again(inbox: Inbox) -> None:
    inbox.door.letters.refuse = True
    answer = inbox.door(in_sqs(inbox.event(inbox.put("broken.jpg", b"x"))))
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m0"}]}


def test_a_bug_is_tried_again_and_is_in_the_log(inbox: Inbox) -> None:
    event = inbox.event(inbox.put("x.jpg"))
    inbox.fail_on("inbox/", ZeroDivisionError)
    with pytest.raises(RetryMeant):
        inbox.door(event)
    assert [line["event"] for line in inbox.door.log()] == ["bug", "s3_record", "invocation"]


def test_being_late_in_a_batch_is_not_hopeless(inbox: Inbox) -> None:
    first, second = inbox.put("1.jpg"), inbox.put("2.jpg")
    hurried = Context(remaining_ms=751)  # too little for an image, as after nine others
    answer = inbox.door(in_sqs(inbox.event(first), inbox.event(second)), hurried)
    assert {"itemIdentifier": "m1"} in answer["batchItemFailures"]


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


def test_a_rendition_makes_no_event_of_ours(inbox: Inbox) -> None:
    inbox.door(inbox.event(inbox.put("resized/100-inbox/x.jpg")))
    made = inbox.made()
    for key in made:
        assert inbox.door(inbox.event(f"{PREFIX}/{key}")) == {"ignored": "s3"}
    assert inbox.made() == made == ["resized/100-resized/100-inbox/x.jpg", "resized/200-resized/100-inbox/x.jpg"]


def test_another_bucket_is_not_ours(inbox: Inbox) -> None:
    name = inbox.put("x.jpg")
    assert inbox.door(notification(s3_record(name, bucket="photos"))) == {"ignored": "s3"}
    assert inbox.made() == []


def test_what_went_meanwhile_is_passed_over(inbox: Inbox) -> None:
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
def test_other_news_are_logged_and_ignored(door: Callable[..., Door], event: Any, answer: dict[str, Any]) -> None:
    here = door()
    assert here(event) == answer
    lines = [line for line in here.log() if line["event"] == "s3_record"]
    assert lines
    assert all(line["outcome"] == "passed over" and line["why"] for line in lines)


def test_a_key_is_unquoted_once() -> None:
    for key in ("inbox/a b.jpg", "inbox/a+b.jpg", "inbox/a%20b.jpg", "inbox/%2B.jpg", "inbox/é.jpg"):
        assert [record.key for record in unwrap(notification(s3_record(key)))] == [key]
        assert [record.key for record in unwrap(eventbridge(key))] == [key]


def test_a_nest_without_end_is_left() -> None:
    event: Any = notification()
    for _ in range(9):
        event = sns_body(event)
    (record,) = unwrap(in_sqs(event))
    assert (record.message, record.key) == ("m0", "")
    assert record.why


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=12)
    | st.sampled_from(["aws:s3", "aws:sqs", "aws:sns", "aws.s3"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["Records", "eventSource", "source", "detail", "Sns", "Message", "body", "s3", "object", "key"]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=15,
)


@given(event=JSON)
def test_unwrapping_is_total(event: Any) -> None:
    for record in unwrap(event):
        assert bool(record.why) != bool(record.bucket and record.key)
