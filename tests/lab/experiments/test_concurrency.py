"""``concurrency``: the quick run counts containers and asserts no times; the verdict follows from every burst."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from lab.experiments.concurrency import COLD, THREADS, WARM, Burst, Round, judge
from lab.experiments.support.findings import Span, TimelineChart
from tests.support.lab.figures import RunQuick, median, spread


@pytest.mark.parametrize("count", [1, 8])
def test_n_at_once_are_n_containers(finding: RunQuick, count: int) -> None:
    """With ``new_container_when_busy`` off it would be one."""
    case = f"{count} at once"
    assert median(finding("concurrency"), case, "containers started") == count
    assert median(finding("concurrency"), case, "cold starts, second time") == 0


def test_all_requests_wait_on_every_server(finding: RunQuick) -> None:
    for place in ("cold containers", "warm containers", "one threaded process"):
        latency = spread(finding("concurrency"), "8 at once", f"latency, {place}")
        assert latency.n == 8
        assert latency.least >= 190


def test_a_row_for_each_container(finding: RunQuick) -> None:
    spans = finding("concurrency").charts[1]
    assert isinstance(spans, TimelineChart)
    assert len(spans.rows) == 8
    for row in spans.rows.values():
        states = [span.state for span in row]
        assert (states[0], states.count("init"), states.count("serve")) == ("init", 1, 2)


def one_round(count: int, started: Sequence[int]) -> Round:
    """Return a round in which each burst of ``count`` requests started so many containers."""
    cold = [Burst([300.0] * count, frozenset(map(str, range(number)))) for number in started]
    return Round(
        count=count,
        bursts={COLD: cold, WARM: cold, THREADS: cold},
        cold_again=[0] * len(started),
        rows={"one": (Span(0.0, 1.0, "init"),)},
    )


@pytest.mark.parametrize(
    ("started", "holds"), [((8, 8, 8), True), ((8, 7, 8), False), ((1, 1, 1), False), ((8, 9, 8), False)]
)
def test_the_verdict_turns_with_one_burst(started: Sequence[int], holds: bool) -> None:
    found = judge([one_round(1, (1, 1, 1)), one_round(8, started)])
    assert found.holds is holds
    assert found.verdict.startswith("Yes: 8 requests at once started 8 " if holds else "No: ")
    assert "in one process with 8 threads" in found.verdict
