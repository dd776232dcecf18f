"""The quick run of ``noisy_neighbour``: who is refused depends on the limit and on what is reserved."""

from __future__ import annotations

import pytest

from lab.experiments.noisy_neighbour import CAPPED, FLOODED, QUIET, RESERVED
from lab.experiments.support.findings import BarChart
from tests.support.lab.figures import RunQuick, median


def test_one_stage_starves_the_other_on_a_shared_limit(finding: RunQuick) -> None:
    """With ``throttle`` off it does not."""
    found = finding("noisy_neighbour")
    assert median(found, QUIET, "production: refused") == 0
    assert median(found, FLOODED, "production: refused") > 0


@pytest.mark.parametrize("phase", [RESERVED, CAPPED])
def test_a_reservation_protects_the_other_stage(finding: RunQuick, phase: str) -> None:
    found = finding("noisy_neighbour")
    assert median(found, phase, "production: refused") < median(found, FLOODED, "production: refused")
    assert median(found, phase, "dev: refused") > 0


def test_the_chart_counts_every_request(finding: RunQuick) -> None:
    found = finding("noisy_neighbour")
    bars = found.charts[0]
    assert isinstance(bars, BarChart)
    sent = median(found, QUIET, "production: requests")
    assert {sum(parts.values()) for parts in bars.cases.values()} == {sent}
