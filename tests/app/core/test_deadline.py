from __future__ import annotations

import pytest

from app.core.deadline import Deadline, Stopwatch
from app.core.errors import DeadlineExceeded
from tests.conftest import FakeClock


def test_time_runs_out(clock: FakeClock) -> None:
    deadline = Deadline.after(2.0, clock)
    assert deadline.remaining() == 2.0
    clock.advance(1.5)
    assert deadline.remaining() == 0.5
    deadline.check("decode")
    clock.advance(0.5)
    with pytest.raises(DeadlineExceeded, match="decode"):
        deadline.check("decode")


def test_remaining_is_never_negative(clock: FakeClock) -> None:
    deadline = Deadline.after(1.0, clock)
    clock.advance(100)
    assert deadline.remaining() == 0.0


def test_a_deadline_in_the_past_is_over_at_once(clock: FakeClock) -> None:
    with pytest.raises(DeadlineExceeded):
        Deadline.after(-0.1, clock).check("fetch")


def test_stopwatch_adds_up_stages_in_order_and_totals_the_rest(clock: FakeClock) -> None:
    watch = Stopwatch(clock)
    for name, seconds in [("fetch", 1.0), ("decode", 2.0), ("fetch", 4.0)]:
        with watch.stage(name):
            clock.advance(seconds)
    clock.advance(8.0)
    assert list(watch.seconds().items()) == [("fetch", 5.0), ("decode", 2.0), ("total", 15.0)]


def fail_after(clock: FakeClock, seconds: float) -> None:
    clock.advance(seconds)
    raise ValueError


def test_a_stage_that_raises_is_timed(clock: FakeClock) -> None:
    watch = Stopwatch(clock)
    with pytest.raises(ValueError), watch.stage("decode"):  # noqa: PT011 - raised right here
        fail_after(clock, 3.0)
    assert watch.seconds()["decode"] == 3.0
