from __future__ import annotations

import msgspec
import numpy as np
import pytest

from measurement.figures import Figure, Spread, Target, p99, ratios, rivals, rounded_median


def test_a_spread_is_the_median_with_its_extremes() -> None:
    assert Spread.of([3.0, 1.0, 2.0, 10.0]) == Spread(median=2.5, least=1.0, most=10.0, n=4)


def test_a_negative_zero_becomes_zero() -> None:
    assert str(Spread.of([-0.00001]).median) == "0.0"


def test_a_spread_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one measurement"):
        Spread.of([])


def test_a_rounded_median_is_that_of_the_spread() -> None:
    assert rounded_median([3, 1, 1 / 3]) == 1
    assert rounded_median(each / 3 for each in (1, 2, 5)) == 0.6667


def test_ratios_pair_the_rounds() -> None:
    # the median of ratios is not the ratio of medians: a slow round must not be compared with a fast one
    assert ratios([1.0, 20.0, 3.0], [2.0, 10.0, 3.0]) == [0.5, 2.0, 1.0]


def test_ratios_need_as_many_rounds_on_both_sides() -> None:
    with pytest.raises(ValueError, match="shorter"):
        ratios([1.0, 2.0], [1.0])


@pytest.mark.parametrize(
    ("median", "target", "met"),
    [
        (1.1, Target(1.1), True),
        (1.11, Target(1.1), False),
        (-0.003, Target(-0.003, "at least"), True),
        (-0.0031, Target(-0.003, "at least"), False),
        (5.0, None, None),
    ],
)
def test_a_target_is_met_up_to_its_value(median: float, target: Target | None, met: bool | None) -> None:
    figure = Figure(case="baseline", measure="ratio", unit="×", spread=Spread.of([median]), target=target)
    assert figure.met is met
    assert msgspec.json.decode(msgspec.json.encode(figure), type=Figure) == figure


def test_rivals_are_those_whose_spread_overlaps_with_that_of_the_best() -> None:
    spreads = {
        "best": Spread.of([1.0, 2.0, 3.0]),
        "touches": Spread.of([3.0, 4.0, 5.0]),
        "apart": Spread.of([3.1, 4.0, 5.0]),
    }
    assert rivals("best", spreads) == ["touches"]
    assert rivals("best", {"best": spreads["best"]}) == []


@pytest.mark.parametrize("values", [[3.0], [1.0, 2.0], [float(n) for n in range(250)]])
def test_p99(values: list[float]) -> None:
    assert p99(values) == pytest.approx(np.percentile(values, 99))
