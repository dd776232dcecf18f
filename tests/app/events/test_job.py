"""Deferred work on Lambda: the function invokes itself, and Lambda's retries count as attempts."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from app.core.errors import StorageUnavailable
from app.events.failure import InvocationFailed
from measurement.lambda_context import LambdaContext
from tests.support.door import Door
from tests.support.drawing import encoded, photo
from tests.support.http_events import rest
from tests.support.watched_storage import WatchedStorage

JPEG = encoded(photo(160, 120), "JPEG")
ASYNC = {"Prefer": "respond-async", "Content-Type": "image/jpeg"}


@pytest.fixture
def here(door: Callable[..., Door], watched: WatchedStorage) -> Door:
    return door(stored_in=watched)


def ask(here: Door) -> str:
    """Ask for deferred work and return the path of its state."""
    answer = here.http(rest("POST", "/resize", query="width=40", headers=ASYNC, body=JPEG))
    assert answer.status == 202, answer.body
    return answer.headers["location"][0].removeprefix("https://abc123.execute-api.eu-west-1.amazonaws.com/dev")


def state(here: Door, path: str) -> Any:
    return here.http(rest("GET", path)).json


def test_the_function_invokes_itself_and_the_event_is_small(here: Door) -> None:
    path = ask(here)
    assert state(here, path)["status"] == "queued"
    assert here.invocations.events == [{"job": path.rpartition("/")[2]}]
    assert here(here.invocations.events[0]) == {"status": 200, "state": "done"}
    assert state(here, path)["result"]["width"] == 40
    assert here(here.invocations.events[0]) == {"status": 200, "state": "not ours"}  # events come at least once


def test_a_failure_that_may_pass_is_raised_until_the_last_try(here: Door, watched: WatchedStorage) -> None:
    path = ask(here)

    def fail(method: str, key: str) -> None:
        if key.endswith(".body"):
            raise StorageUnavailable("the bucket is away")

    watched.before = fail
    for _ in range(2):
        with pytest.raises(InvocationFailed):
            here(here.invocations.events[0])
    assert here(here.invocations.events[0]) == {"status": 200, "state": "failed"}
    polled = state(here, path)
    assert (polled["attempts"], polled["problem"]["code"]) == (3, "storage_unavailable")
    lines = [line for line in here.log() if line.get("kind") == "job"]
    assert [line["status"] for line in lines] == [503, 503, 200]


def test_a_record_that_cannot_be_read_is_tried_again(here: Door, watched: WatchedStorage) -> None:
    ask(here)

    def fail(method: str, key: str) -> None:
        raise StorageUnavailable("the bucket is away")

    watched.before = fail
    with pytest.raises(InvocationFailed):
        here(here.invocations.events[0])


def test_a_crash_is_taken_over_by_the_retry_of_the_same_request(here: Door, watched: WatchedStorage) -> None:
    path = ask(here)

    def die(method: str, key: str) -> None:
        if key.endswith(".body"):
            raise SystemExit  # what runs out of memory or time writes nothing

    watched.before = die
    for _ in range(3):
        with pytest.raises(SystemExit):
            here(here.invocations.events[0])
    watched.passes()
    other = LambdaContext()
    other.aws_request_id = "99999999-2222-4333-8444-555555555555"
    assert here(here.invocations.events[0], other) == {"status": 200, "state": "not ours"}
    assert here(here.invocations.events[0]) == {"status": 200, "state": "failed"}
    assert "3 attempts" in state(here, path)["problem"]["detail"]


class Panic(BaseException):
    """What code in Rust raises when it panics: no Exception, so that nobody catches it by chance."""


@pytest.mark.parametrize("bug", [ZeroDivisionError, Panic])
def test_a_bug_is_logged_and_fails_the_job(here: Door, watched: WatchedStorage, bug: type[BaseException]) -> None:
    path = ask(here)

    def fail(method: str, key: str) -> None:
        if key.endswith(".body"):
            raise bug("secret inner words")

    watched.before = fail
    for _ in range(2):
        with pytest.raises(InvocationFailed):
            here(here.invocations.events[0])
    here(here.invocations.events[0])
    assert state(here, path)["problem"]["code"] == "internal_error"
    assert "secret" not in json.dumps(state(here, path))
    assert sum(line["event"] == "bug" for line in here.log()) == 3


@pytest.mark.parametrize("job", ["", "x", "../originals/a", "0" * 31])
def test_a_malformed_job_id_is_not_retried(here: Door, job: str) -> None:
    assert here({"job": job})["status"] == 404
    assert here({"job": "0" * 32}) == {"status": 200, "state": "not ours"}
