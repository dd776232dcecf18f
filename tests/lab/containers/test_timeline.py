"""The timeline of state changes, and its totals."""

from __future__ import annotations

import pytest

from lab.containers.report_line import InvocationReport
from lab.containers.timeline import ContainerState, Timeline


def test_a_timeline_counts_states_and_keeps_the_last_changes() -> None:
    seconds = iter(range(100))
    timeline = Timeline(keep=2, clock=lambda: float(next(seconds)))
    timeline.enter("a", ContainerState.INIT)
    timeline.enter("a", ContainerState.SERVE)
    timeline.enter("b", ContainerState.INIT)
    assert timeline.states() == {ContainerState.SERVE: 1, ContainerState.INIT: 1}
    assert [(change.sequence, change.at) for change in timeline.since(0)] == [(2, 2.0), (3, 3.0)]
    timeline.enter("a", ContainerState.GONE)
    assert timeline.states() == {ContainerState.INIT: 1}


def test_requests_are_kept_as_long_as_the_changes_that_they_make() -> None:
    timeline = Timeline(keep=4)
    report = InvocationReport(request_id="r", duration_ms=1.0, memory_mb=1024, peak_bytes=0)
    for number in range(3):
        timeline.enter("a", ContainerState.SERVE)
        timeline.enter("a", ContainerState.FROZEN)
        timeline.count(report, cold=False, error=False)
        timeline.log_request(f"GET /{number}", began=0.0, status=200, function="local", request="r")
    kept = timeline.news(0)
    assert [len(each) for each in (kept.changes, kept.served, kept.requests)] == [4, 2, 2]
    assert [each.title for each in kept.requests] == ["GET /1", "GET /2"]
    assert kept.changes[0].sequence < kept.served[0].sequence < kept.requests[0].sequence


def test_totals_come_from_the_reports() -> None:
    timeline = Timeline()
    report = InvocationReport(request_id="r", duration_ms=900.0, memory_mb=1024, peak_bytes=0, init_ms=100.0)
    timeline.count(report, cold=True, error=False)
    assert (timeline.totals.invocations, timeline.totals.cold_starts) == (1, 1)
    (served,) = timeline.news(0).served
    assert served.dollars == pytest.approx(0.0000166667 + 0.0000002), "one GB-second and one request"


def test_news_is_everything_after_a_number() -> None:
    timeline = Timeline()
    report = InvocationReport(request_id="r", duration_ms=1.0, memory_mb=1024, peak_bytes=0)
    for _ in range(2):
        timeline.enter("a", ContainerState.SERVE, note="r")
        timeline.count(report, cold=False, error=True)
        timeline.log_request("GET /", began=0.0, status=502, function="local", request="r")
    first, later = timeline.news(0), timeline.news(3)
    assert [len(each) for each in (first.changes, first.served, first.requests)] == [2, 2, 2]
    assert (later.changes[0].sequence, later.served[0].sequence, later.requests[0].sequence) == (4, 5, 6)
    assert [len(each) for each in (later.changes, later.served, later.requests)] == [1, 1, 1]
