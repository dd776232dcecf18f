"""New objects in the inbox: six envelopes, each object alone, no loop, retries only where they help."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from app.core.config import Platform
from app.core.errors import StorageUnavailable
from app.events.failure import InvocationFailed
from measurement.lambda_context import LambdaContext
from tests.conftest import FakeClock, MakeS3Storage
from tests.support.aws_events import eventbridge, in_sns, in_sqs, notification, s3_record, s3_test, sns_body
from tests.support.door import Door
from tests.support.drawing import encoded, opened, photo
from tests.support.http_events import Event
from tests.support.s3.faults import FaultInjector, error
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


@pytest.mark.parametrize("waits_for", ["1.jpg", "2.jpg"])
def test_too_little_time_after_a_wait_for_the_storage_is_retried(
    door: Callable[..., Door], make_s3_storage: MakeS3Storage, s3: S3, clock: FakeClock, waits_for: str
) -> None:
    """A millisecond is left for an image: a fresh invocation has all the time again."""
    inbox = Inbox(door, make_s3_storage, s3, clock=clock)
    first, second = inbox.put("1.jpg"), inbox.put("2.jpg")

    def wait(method: str, key: str) -> None:
        if method == "get" and waits_for in key:
            clock.advance(119.249)

    inbox.storage.before = wait
    answer = inbox.door(in_sqs(inbox.event(first), inbox.event(second)), LambdaContext(remaining_ms=120_000))
    assert {"itemIdentifier": "m1"} in answer["batchItemFailures"]
    assert inbox.outcomes() == {"1.jpg": ["again", "again"], "2.jpg": ["made", "again"]}[waits_for]
    assert inbox.door.letters.sent == []


def test_what_a_whole_invocation_is_too_short_for_is_given_up(
    door: Callable[..., Door], make_s3_storage: MakeS3Storage, s3: S3
) -> None:
    slow = Platform(mode="lambda", memory_mb=1)  # a 1,769th of a core
    inbox = Inbox(door, make_s3_storage, s3, platform=slow, job_s=5.0)
    inbox.door(in_sqs(inbox.event(inbox.put("1.jpg"))), LambdaContext(remaining_ms=5_000))
    assert [reason["code"] for _, reason in inbox.door.letters.sent] == ["too_costly"]


def test_an_object_replaced_meanwhile_ends_with_its_own_renditions(inbox: Inbox) -> None:
    """The new one's event may have been handled before the old renditions are written."""
    name, replacement = inbox.put("x.jpg"), encoded(photo(400, 400), "JPEG")

    def replace(method: str, key: str) -> None:
        if method == "put" and key.startswith("resized/"):
            inbox.storage.passes()
            inbox.put("x.jpg", replacement)

    inbox.storage.before = replace
    assert inbox.door(inbox.event(name))["made"] == 1
    for width in (100, 200):
        assert opened(inbox.storage.get(f"resized/{width}-x.jpg") or b"").size == (width, width)


def test_an_object_that_does_not_stop_changing_is_tried_again(inbox: Inbox) -> None:
    name = inbox.put("x.jpg")
    sizes = iter(range(300, 400))

    def replace(method: str, key: str) -> None:
        if method == "put" and key.startswith("resized/100-"):
            inbox.storage.inner.put("inbox/x.jpg", encoded(photo(next(sizes), 300), "JPEG"), media_type="image/jpeg")

    inbox.storage.before = replace
    assert inbox.door(in_sqs(inbox.event(name))) == {"batchItemFailures": [{"itemIdentifier": "m0"}]}
    assert inbox.storage.calls["put"] == 1 + 2 * 3


def test_an_object_deleted_after_its_renditions_is_made(inbox: Inbox) -> None:
    name = inbox.put("x.jpg")

    def delete(method: str, key: str) -> None:
        if method == "put" and key.startswith("resized/200-"):
            inbox.storage.inner.delete("inbox/x.jpg")

    inbox.storage.before = delete
    assert inbox.door(inbox.event(name)) == {"status": 200, "made": 1, "given_up": 0}
    assert list(inbox.storage.keys("inbox/")) == [], "it was not deleted meanwhile"


@pytest.fixture(scope="module")
def faults() -> FaultInjector:
    return FaultInjector()


@pytest.fixture(scope="module")
def faulty_s3(faults: FaultInjector) -> Iterator[S3]:
    with S3(middleware=faults.wrap) as running:
        yield running


@pytest.fixture
def faulty(door: Callable[..., Door], make_s3_storage: MakeS3Storage, faulty_s3: S3) -> Inbox:
    return Inbox(door, make_s3_storage, faulty_s3, widths=(100,))


def test_a_name_too_long_for_its_renditions_is_given_up(faulty: Inbox, faults: FaultInjector) -> None:
    """The object has a key of 1,024 bytes, the most there is; those of its renditions are longer."""
    name = faulty.put("x" * (1024 - len(f"{PREFIX}/inbox/.jpg")) + ".jpg")
    faults.inject("PUT", error(400, "KeyTooLongError"))  # moto does not check it
    assert faulty.door(in_sqs(faulty.event(name))) == {"batchItemFailures": []}
    ((_, reason),) = faulty.door.letters.sent
    assert reason["code"] == "storage_unavailable"
    assert "1,024 bytes" in reason["reason"]


@pytest.mark.parametrize(
    ("methods", "status", "code", "words"),
    [
        ("GET", 403, "InvalidObjectState", "archived"),
        ("HEAD GET", 400, "InvalidRequest", "SSE-C"),
        ("GET", 400, "KMS.NotFoundException", "KMS key does not exist"),
        ("GET", 400, "KMS.DisabledException", "KMS key is disabled"),
    ],
)
def test_an_object_that_s3_will_never_give_out_is_given_up(
    faulty: Inbox, faults: FaultInjector, methods: str, status: int, code: str, words: str
) -> None:
    name = faulty.put("x.jpg")
    faults.inject(methods, error(status, code), times=20)
    assert faulty.door(in_sqs(faulty.event(name))) == {"batchItemFailures": []}
    ((event, reason),) = faulty.door.letters.sent
    assert words in reason["reason"]
    faults.inject(methods, error(status, code), times=0)
    assert faulty.door(in_sqs(event)) == {"batchItemFailures": []}
    assert faulty.made() == ["resized/100-x.jpg"], "redriven, once it has been restored"


@pytest.mark.parametrize(
    ("status", "code"),
    [
        *((403, "AccessDenied"), (503, "SlowDown"), (400, "ExpiredToken")),
        (400, "KMS.KMSInvalidStateException"),  # also of a key that is being updated
    ],
)
def test_what_s3_may_give_out_later_is_tried_again(
    faulty: Inbox, faults: FaultInjector, status: int, code: str
) -> None:
    name = faulty.put("x.jpg")
    faults.inject("HEAD GET", error(status, code), times=20)
    assert faulty.door(in_sqs(faulty.event(name))) == {"batchItemFailures": [{"itemIdentifier": "m0"}]}
    faults.inject("HEAD GET", error(status, code), times=0)
    assert faulty.door.letters.sent == []


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
