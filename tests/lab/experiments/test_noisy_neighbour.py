"""``noisy_neighbour``: who is refused depends on the limit and on what is reserved, and so does the verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from lab.experiments.noisy_neighbour import CAPPED, DEV, FLOODED, PRODUCTION, QUIET, RESERVED, StageLoad, Taken, judge
from lab.experiments.support.findings import BarChart
from lab.recorded_traffic import Sample
from tests.support.lab.figures import RunQuick, median


def test_one_stage_starves_the_other_on_a_shared_limit(finding: RunQuick) -> None:
    """With ``throttle`` off it does not; where this machine stalls, a request alone may be refused too."""
    found = finding("noisy_neighbour")
    assert median(found, FLOODED, "production: refused") > median(found, QUIET, "production: refused")


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


def taken(*refused: int) -> list[Taken]:
    """Return a repetition for each number of refused requests among 80 to production."""
    answered, refusal = (Sample(due=0.0, began=0.0, ended=0.1, status=status) for status in (200, 429))
    return [{PRODUCTION: [refusal] * count + [answered] * (80 - count), DEV: []} for count in refused]


NONE = (0, 0, 0)


@pytest.mark.parametrize(
    ("refused", "holds", "rounds"),
    [
        pytest.param({}, True, "each of 3", id="only beside the flood"),
        pytest.param({RESERVED: (0, 1, 0)}, True, "2 of 3", id="one round is not all of them"),
        pytest.param({FLOODED: (0, 0, 29)}, False, "1 of 3", id="mostly not even beside the flood"),
        pytest.param({RESERVED: (2, 1, 0)}, False, "1 of 3", id="a reservation does not help"),
        pytest.param({CAPPED: (40, 40, 40)}, False, "0 of 3", id="a cap does not help"),
        pytest.param({QUIET: (20, 20, 20)}, False, "0 of 3", id="refused without a neighbour"),
        pytest.param({QUIET: (1, 0, 0), RESERVED: (0, 1, 0), CAPPED: (0, 0, 1)}, False, "0 of 3", id="never right"),
    ],
)
def test_the_verdict_turns_with_most_of_the_repetitions(
    refused: Mapping[str, Sequence[int]], holds: bool, rounds: str
) -> None:
    plan = StageLoad(limit=20, reserved=6, production=40.0, dev=600.0, seconds=2.0)
    by_phase = {QUIET: NONE, FLOODED: (30, 31, 29), RESERVED: NONE, CAPPED: NONE, **refused}
    found = judge(plan, {name: taken(*several) for name, several in by_phase.items()})
    assert found.holds is holds
    assert found.verdict.startswith(f"{'Yes' if holds else 'No'}: in {rounds} rounds production was refused")
    assert found.verdict.endswith("(n = 3).")
