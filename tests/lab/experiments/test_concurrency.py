"""The quick run of ``concurrency``: containers are counted, times are not asserted."""

from __future__ import annotations

import pytest

from lab.experiments.support.findings import TimelineChart
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
