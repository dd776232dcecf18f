"""Keeping containers warm, and removing results that have expired."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from app.core.errors import StorageUnavailable
from app.events.failure import InvocationFailed
from app.events.schedule import keep_warm as hold
from measurement.lambda_context import LambdaContext
from tests.conftest import FakeClock, MakeS3Storage
from tests.support.aws_events import keep_warm
from tests.support.door import Door, Invocations
from tests.support.http_events import rest
from tests.support.s3.server import S3
from tests.support.watched_storage import WatchedStorage

DAY_S = 24 * 3600
PURGES: list[Any] = [
    {"purge": "derived"},
    {**keep_warm(), "kwargs": {"purge": "derived"}},
    {"command": "purge_derived"},
]


@pytest.mark.parametrize(
    ("event", "expected"), [({"warm": 4}, 4), ({"warm": 1}, 1), ({"warm": 0}, 1), ({"warm": "x"}, 1)]
)
def test_as_many_containers_as_requested_are_kept_warm(door: Callable[..., Door], event: Any, expected: int) -> None:
    here = door(warm_containers=9)
    assert here(event)["warm"] == expected
    # what they are asked asks for no more
    assert [event["warm"] for event in here.invocations.events] == [1] * (expected - 1)


@pytest.mark.parametrize("event", [keep_warm(), {"command": "warm"}])
def test_a_schedule_keeps_as_many_containers_warm_as_the_settings_say(door: Callable[..., Door], event: Any) -> None:
    here = door(warm_containers=3)
    assert here(event)["warm"] == 3
    assert len(here.invocations.events) == 2


def test_no_event_starts_more_than_a_hundred_containers(door: Callable[..., Door]) -> None:
    here = door()
    assert here({"warm": 1_000_000})["warm"] == 100
    assert len(here.invocations.events) == 99


def test_the_others_are_started_before_this_one_is_held(door: Callable[..., Door]) -> None:
    here, seen = door(), []
    hold(here.container, {"warm": 3}, LambdaContext(), sleep=lambda s: seen.append(len(here.invocations.events)))
    assert seen == [2]


class SlowInvocations(Invocations):
    """Takes a while to connect and to send each event, and may be slow to deliver it, as AWS is."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__()
        self.clock = clock
        self.sent_at: list[float] = []

    def connect(self) -> None:
        self.clock.advance(0.4)

    def invoke(self, event: Mapping[str, Any]) -> None:
        self.clock.advance(0.015)
        super().invoke(event)
        self.sent_at.append(self.clock())


@pytest.mark.parametrize("count", [2, 7, 20, 100])
def test_every_container_is_held_until_the_last_is_reached(
    door: Callable[..., Door], clock: FakeClock, count: int
) -> None:
    """One that is free before could take a ping that was meant for another. A ping takes 15 ms to send."""
    invoker = SlowInvocations(clock)
    sender_held: list[float] = []
    here = door(invoker=invoker, now=clock)
    hold(here.container, {"warm": count}, LambdaContext(), sleep=sender_held.append)
    until, *others = {event["until"] for event in invoker.events}
    assert others == []
    last_arrives = invoker.sent_at[-1] + 0.05
    assert clock() + sender_held[0] == pytest.approx(until, abs=0.001)
    for event, sent_at in zip(invoker.events, invoker.sent_at, strict=True):
        child_held: list[float] = []
        child = door(now=FakeClock(sent_at + 0.02))
        hold(child.container, event, LambdaContext(), sleep=child_held.append)
        assert sent_at + 0.02 + child_held[0] >= last_arrives
        assert child.invocations.events == []
        child.container.close()
        if count > 20:
            break


@pytest.mark.parametrize(
    ("until", "held"),
    [
        (-1, 0.0),
        (1e12, 5.075),
        (float("inf"), 5.075),
        (10**400, 5.075),
        (-(10**400), 0.0),
        ("soon", 0.075),
        (None, 0.075),
    ],
)
def test_no_event_holds_a_container_for_long(
    door: Callable[..., Door], clock: FakeClock, until: Any, held: float
) -> None:
    slept: list[float] = []
    hold(door(now=clock).container, {"warm": 1, "until": until}, LambdaContext(), sleep=slept.append)
    assert slept == [pytest.approx(held)]


def test_a_refusal_does_not_stop_the_rest(door: Callable[..., Door]) -> None:
    here = door()
    here.invocations.refuse_after = 2
    assert here({"warm": 5})["warm"] == 3


@pytest.mark.parametrize("event", PURGES)
def test_expired_objects_are_removed(door: Callable[..., Door], clock: FakeClock, event: Any) -> None:
    clock.seconds = time.time()
    here = door(now=clock, derived_days=30.0)
    storage = here.container.backends.storage
    for key in ("derived/a/1", "derived/b/2", "originals/a", "jobs/a"):
        storage.put(key, b"x", media_type="image/png")
    clock.advance(30 * DAY_S - 100)
    assert here(event) == {"status": 200, "purged": 0}
    clock.advance(200)
    assert here(event) == {"status": 200, "purged": 2}
    assert list(storage.keys("")) == ["jobs/a", "originals/a"]


class SlowBucket:
    """Lets the clock go on by ten seconds at each deletion."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock

    def __call__(self, method: str, key: str) -> None:
        if method == "delete":
            self.clock.advance(10)


EXPIRED = [*(f"derived/{number:031x}f/1" for number in range(3)), *(f"originals/{number:032x}" for number in range(7))]


@pytest.fixture
def slow(make_s3_storage: MakeS3Storage, s3: S3, clock: FakeClock) -> WatchedStorage:
    """A bucket of expired images and results where deletions are slow, and an inbox object that stays."""
    storage = WatchedStorage(make_s3_storage(s3), SlowBucket(clock))
    for key in (*EXPIRED, "inbox/a.jpg"):
        storage.put(key, b"x", media_type="image/png")
    return storage


@pytest.mark.parametrize("event", PURGES)
def test_a_purge_that_runs_out_of_time_has_deleted_what_it_listed_and_goes_on_behind_it(
    door: Callable[..., Door], slow: WatchedStorage, clock: FakeClock, event: Any
) -> None:
    here = door(stored_in=slow, clock=clock, now=lambda: time.time() + 31 * DAY_S, retention_days=7)
    answers = [here(event, LambdaContext(30_000))]
    assert answers == [{"status": 200, "purged": 0, "deleted": 3, "more": True}]
    assert list(slow.keys("")) == sorted([*EXPIRED[:3], *EXPIRED[6:], "inbox/a.jpg"])
    while answers[-1].get("more"):
        (next_event,) = here.invocations.events[len(answers) - 1 :]
        answers.append(here(next_event, LambdaContext(30_000)))
    assert [answer["deleted"] for answer in answers] == [3, 3, 1, 0]
    assert [answer["purged"] for answer in answers] == [0, 0, 3, 0]
    assert list(slow.keys("")) == ["inbox/a.jpg"]


def test_what_a_nights_purge_does_not_reach_is_left_to_the_next_and_logged(
    door: Callable[..., Door], slow: WatchedStorage, clock: FakeClock
) -> None:
    """Lambda would stop a function that goes on invoking itself."""
    here = door(stored_in=slow, clock=clock, now=lambda: time.time() + 31 * DAY_S, retention_days=7)
    last = {"purge": "derived", "after": EXPIRED[3], "turn": 12}
    assert here(last, LambdaContext(30_000)) == {"status": 200, "purged": 0, "deleted": 3, "more": True}
    assert here.invocations.events == []
    assert [line["level"] for line in here.log() if line["event"] == "purge" and "error" in line] == ["warning"]
    assert here(PURGES[0], LambdaContext(900_000)) == {"status": 200, "purged": 3, "deleted": 4}


def test_a_purge_that_cannot_go_on_is_sent_again(
    door: Callable[..., Door], slow: WatchedStorage, clock: FakeClock
) -> None:
    here = door(stored_in=slow, clock=clock, now=lambda: time.time() + 31 * DAY_S, retention_days=7)
    here.invocations.refuse_after = 0
    with pytest.raises(InvocationFailed):
        here(PURGES[0], LambdaContext(30_000))


@pytest.mark.parametrize("field", [{"after": 7}, {"after": ["originals/"]}, {"turn": "x"}, {"after": "elsewhere/"}])
def test_a_purge_that_is_told_nonsense_begins_at_the_beginning(door: Callable[..., Door], field: Any) -> None:
    here = door(now=lambda: time.time() + 31 * DAY_S)
    here.container.backends.storage.put("derived/a/1", b"x", media_type="image/png")
    assert here({"purge": "derived", **field}) == {"status": 200, "purged": 1}


def test_a_purge_that_fails_is_sent_again_but_not_a_command(door: Callable[..., Door], watched: WatchedStorage) -> None:
    here = door(stored_in=watched)

    def fail(method: str, key: str) -> None:
        raise StorageUnavailable("the bucket is away")

    watched.before = fail
    for event in PURGES[:2]:
        with pytest.raises(InvocationFailed):
            here(event)
    assert here(PURGES[2])["code"] == "storage_unavailable"


def test_a_ping_holds_the_container_and_does_nothing_else(door: Callable[..., Door]) -> None:
    slept: list[float] = []
    here = door()
    answer = hold(here.container, keep_warm(), LambdaContext(), sleep=slept.append)
    assert slept == [pytest.approx(0.075, abs=0.01)]
    assert answer["container"] == here.container.id


def test_a_ping_takes_the_cold_start(door: Callable[..., Door]) -> None:
    here = door()
    assert here(keep_warm())["cold"] is True
    assert here(keep_warm())["cold"] is False
    assert here.http(rest("GET", "/healthz")).headers["x-cold-start"] == ["0"]
