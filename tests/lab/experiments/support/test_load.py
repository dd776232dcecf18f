"""Traffic by the clock: what is sent, what is recorded, and what ends it."""

from __future__ import annotations

import threading
import time

import pytest

from lab.containers.outcomes import Outcome
from lab.containers.report_line import InvocationReport
from lab.errors import LabError, Throttled
from lab.experiments.support.load import at_once, play

REPORT = InvocationReport(request_id="r", duration_ms=2.0, memory_mb=128, peak_bytes=1, init_ms=3.0)


def answer(number: int, *, error_type: str = "") -> Outcome:
    return Outcome(
        request_id="r",
        payload=b"",
        error_type=error_type,
        report=REPORT,
        version="1",
        container=f"c{number}",
        cold=not number,
        log_tail=b"",
    )


def test_each_request_is_recorded_in_order() -> None:
    sent = play([0.0, 0.01, 0.02], answer, function="f")
    samples = [each.sample for each in sent]
    assert [(each.container, each.cold, each.status, each.function) for each in samples] == [
        ("c0", True, 200, "f"),
        ("c1", False, 200, "f"),
        ("c2", False, 200, "f"),
    ]
    for sample in samples:
        assert sample.due <= sample.began <= sample.ended
        assert (sample.init_ms, sample.duration_ms) == (3.0, 2.0)
    assert [each.outcome.container for each in sent if each.outcome] == ["c0", "c1", "c2"]


def test_times_count_from_a_given_moment() -> None:
    (sent,) = play([0.0], answer, began=time.monotonic() - 100)
    assert sent.sample.ended >= sent.sample.began >= 100


def test_throttles_and_errors_are_recorded_as_statuses() -> None:
    def call(number: int) -> Outcome:
        if number:
            raise Throttled("Limit")
        return answer(number, error_type="Unhandled")

    sent = play([0.0, 0.0], call)
    assert [each.sample.status for each in sent] == [500, 429]
    assert [each.outcome is None for each in sent] == [False, True]


def test_an_exception_of_a_call_ends_the_run() -> None:
    sent = []

    def call(number: int) -> Outcome:
        sent.append(number)
        raise LabError("the lab is closing")

    with pytest.raises(LabError):
        play([0.0, 3600.0], call)
    assert sent == [0]


def test_at_once_starts_no_call_before_all_are_ready() -> None:
    together = threading.Barrier(5, timeout=30)

    def call(number: int) -> Outcome:
        together.wait()
        return answer(number)

    assert len(at_once(5, call)) == 5
