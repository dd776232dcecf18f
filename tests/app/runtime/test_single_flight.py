from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial

import pytest

from app.core.deadline import Deadline
from app.core.errors import (
    DeadlineExceeded,
    InvalidParameter,
    MethodNotAllowed,
    ParameterError,
    RangeNotSatisfiable,
    RateLimited,
    ServiceError,
    SourceBlocked,
    SourceFailed,
    TooCostly,
)
from app.runtime.single_flight import SingleFlight
from tests.support.threads import run_concurrently

OTHERS = 5


class Crowd:
    """One caller that leads, and others that ask while it does; it goes on once all of them are waiting.

    The clock of a deadline is asked by those that wait, and by nobody else.
    """

    def __init__(self) -> None:
        self.flights: SingleFlight[str] = SingleFlight()
        self.leading = threading.Event()
        self.waiting = threading.Semaphore(0)
        self.lock = threading.Lock()
        self.raised: list[Exception] = []
        self.runs = self.at_once = self.most_at_once = 0

    def clock(self) -> float:
        self.waiting.release()
        return 0.0

    def lead(self, end: Callable[[], str]) -> str:
        def work() -> str:
            self.leading.set()
            for _ in range(OTHERS):
                assert self.waiting.acquire(timeout=30)
            return end()

        return self.ask(work, Deadline.after(30))

    def follow(self) -> str:
        assert self.leading.wait(30)
        return self.ask(self.own, Deadline(30.0, self.clock))

    def ask(self, work: Callable[[], str], deadline: Deadline) -> str:
        try:
            value, is_own = self.flights.do("key", work, deadline)
        except Exception as exc:
            self.raised.append(exc)
            return f"{type(exc).__name__}: {exc}"
        return f"{value} made" if is_own else value

    def own(self) -> str:
        with self.lock:
            self.runs += 1
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        threading.Event().wait(0.01)  # others that began at the same moment are seen
        with self.lock:
            self.at_once -= 1
        return "own"

    def run(self, end: Callable[[], str]) -> tuple[str, list[str]]:
        first, *others = run_concurrently(partial(self.lead, end), *[self.follow] * OTHERS)
        return first, others


def failing(error: Exception) -> Callable[[], str]:
    def fail() -> str:
        raise error

    return fail


def test_the_work_is_done_once_for_all_who_ask_meanwhile() -> None:
    crowd = Crowd()
    assert crowd.run(lambda: "shared") == ("shared made", ["shared"] * OTHERS)
    assert crowd.runs == 0


@pytest.mark.parametrize(
    "error",
    [
        SourceFailed("the origin is down"),
        TooCostly("9 s"),
        RateLimited(7),
        RangeNotSatisfiable(5),
        MethodNotAllowed("expected GET", ("GET",)),
        InvalidParameter(ParameterError("width", "expected more", "0")),
    ],
)
def test_an_error_that_is_everybodys_is_raised_for_all(error: ServiceError) -> None:
    crowd = Crowd()
    said = f"{type(error).__name__}: {error}"
    assert crowd.run(failing(error)) == (said, [said] * OTHERS)
    assert crowd.runs == 0
    assert all(vars(raised) == vars(error) for raised in crowd.raised)
    assert len({id(raised) for raised in crowd.raised}) == 1 + OTHERS, "each has a traceback of its own"


@pytest.mark.parametrize("error", [DeadlineExceeded("late"), SourceBlocked("not for you"), RuntimeError("a bug")])
def test_after_a_failure_of_one_request_the_others_share_again(error: Exception) -> None:
    crowd = Crowd()
    first, others = crowd.run(failing(error))
    assert first == f"{type(error).__name__}: {error}"
    assert {other.removesuffix(" made") for other in others} == {"own"}
    assert crowd.most_at_once == 1


def test_nobody_waits_longer_than_it_has_time() -> None:
    flights: SingleFlight[str] = SingleFlight()
    over = Deadline(0.0, lambda: 0.0)

    def work() -> str:
        (found,) = run_concurrently(partial(flights.do, "key", lambda: "own", over), timeout_s=30)
        return found[0]

    assert flights.do("key", work, Deadline.after(30)) == ("own", True)


def test_what_is_done_is_done_again() -> None:
    """It remembers nothing: that is for the cache, which has a limit."""
    flights: SingleFlight[str] = SingleFlight()
    for text in ("first", "second"):
        assert flights.do("key", lambda text=text: text, Deadline.after(30)) == (text, True)  # type: ignore[misc]


@pytest.mark.parametrize(("other", "deferred"), [("other", False), ("key", True)])
def test_other_keys_and_deferred_work_do_not_wait(other: str, deferred: bool) -> None:
    flights: SingleFlight[str] = SingleFlight()

    def asked() -> float:
        raise AssertionError("it waits")

    inner = partial(flights.do, other, lambda: "inner", Deadline(30.0, asked, deferred=deferred))
    assert flights.do("key", lambda: inner()[0], Deadline.after(30)) == ("inner", True)
