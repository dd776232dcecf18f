from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial

import pytest

from app.core.deadline import Deadline
from app.runtime.single_flight import SingleFlight
from tests.conftest import FakeClock
from tests.support.threads import run_concurrently

OTHERS = 5


class Together:
    """A flight whose leader is held until ``others`` have asked for the same, or something else has been led."""

    def __init__(self) -> None:
        self.flights: SingleFlight[str] = SingleFlight()
        self.asked = threading.Semaphore(0)
        self.runs = 0

    def ask(self, work: Callable[[], str], deadline: Deadline) -> tuple[str, bool]:
        self.asked.release()
        return self.flights.do("key", work, deadline)

    def lead(self, leading: threading.Event, end: Callable[[], str]) -> tuple[str, bool]:
        def work() -> str:
            self.runs += 1
            leading.set()
            for _ in range(OTHERS):
                self.asked.acquire(timeout=30)
            return end()

        return self.flights.do("key", work, Deadline.after(30))

    def follow(self, leading: threading.Event, deadline: Deadline) -> tuple[str, bool]:
        leading.wait(30)
        return self.ask(self.own, deadline)

    def own(self) -> str:
        self.runs += 1
        return "own"


def test_the_work_is_done_once_for_all_who_ask_meanwhile() -> None:
    together, leading = Together(), threading.Event()
    release = threading.Event()

    def end() -> str:
        release.wait(0.2)  # those that have asked are in the flight soon; one that is not would do its own work
        return "shared"

    follow = partial(together.follow, leading, Deadline.after(30))
    results = run_concurrently(partial(together.lead, leading, end), *[follow] * OTHERS)
    assert results == [("shared", True), *[("shared", False)] * OTHERS]
    assert together.runs == 1


def test_when_it_fails_each_does_its_own() -> None:
    together, leading = Together(), threading.Event()

    def fail() -> str:
        raise ValueError("broken")

    def lead() -> tuple[str, bool]:
        with pytest.raises(ValueError, match="broken"):
            together.lead(leading, fail)
        return "failed", True

    follow = partial(together.follow, leading, Deadline.after(30))
    assert run_concurrently(lead, *[follow] * OTHERS) == [("failed", True), *[("own", True)] * OTHERS]


def test_nobody_waits_longer_than_it_has_time() -> None:
    flights: SingleFlight[str] = SingleFlight()
    over = Deadline.after(0, FakeClock())

    def work() -> str:
        return flights.do("key", lambda: "own", over)[0]

    assert flights.do("key", work, Deadline.after(30)) == ("own", True)


def test_what_is_done_is_done_again() -> None:
    """It remembers nothing: that is for the cache, which has a limit."""
    flights: SingleFlight[str] = SingleFlight()
    for text in ("first", "second"):
        assert flights.do("key", lambda text=text: text, Deadline.after(30)) == (text, True)  # type: ignore[misc]


def test_other_keys_do_not_wait() -> None:
    flights: SingleFlight[str] = SingleFlight()
    inner = partial(flights.do, "other", lambda: "inner", Deadline.after(30))
    assert flights.do("key", lambda: inner()[0], Deadline.after(30)) == ("inner", True)
