"""Keeping containers warm, and removing results that have expired."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from app.errors import StorageUnavailable
from app.events.failure import InvocationFailed
from app.events.schedule import keep_warm as hold
from measurement.lambda_context import LambdaContext
from tests.conftest import FakeClock
from tests.support.aws_events import keep_warm
from tests.support.door import Door
from tests.support.http_events import rest
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
    assert here.invocations.events == [{"warm": 1}] * (expected - 1)


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
    hold(here.container, {"warm": 3}, LambdaContext(), sleep=lambda s: seen.append((s, len(here.invocations.events))))
    assert seen == [(0.075, 2)]


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
    assert slept == [0.075]
    assert answer["container"] == here.container.id


def test_a_ping_takes_the_cold_start(door: Callable[..., Door]) -> None:
    here = door()
    assert here(keep_warm())["cold"] is True
    assert here(keep_warm())["cold"] is False
    assert here.http(rest("GET", "/healthz")).headers["x-cold-start"] == ["0"]
