from __future__ import annotations

import json

import msgspec
import pytest

from measurement.results import Experiment, Figure, Limit, Report, Spread, decode, encode, ratios


def figure(median: float, limit: Limit | None = None) -> Figure:
    return Figure(case="baseline", measure="ratio", unit="×", spread=Spread.of([median]), limit=limit)


def report(machine: str = "this one", **experiments: Experiment) -> Report:
    return Report(machine={"cpu": machine}, versions={}, sources={}, experiments=experiments)


def experiment(*figures: Figure, title: str = "Engine") -> Experiment:
    return Experiment(title=title, method="as told", figures=figures)


def test_a_spread_is_the_median_with_its_extremes() -> None:
    assert Spread.of([3.0, 1.0, 2.0, 10.0]) == Spread(median=2.5, min=1.0, max=10.0, n=4)


def test_nothing_is_not_less_than_nothing() -> None:
    assert str(Spread.of([-0.00001]).median) == "0.0"


def test_a_spread_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one measurement"):
        Spread.of([])


def test_ratios_pair_the_rounds() -> None:
    # the median of ratios is not the ratio of medians: a slow round must not be compared with a fast one
    assert ratios([1.0, 20.0, 3.0], [2.0, 10.0, 3.0]) == [0.5, 2.0, 1.0]


def test_ratios_need_as_many_rounds_on_both_sides() -> None:
    with pytest.raises(ValueError, match="shorter"):
        ratios([1.0, 2.0], [1.0])


@pytest.mark.parametrize(
    ("median", "limit", "met"),
    [
        (1.1, Limit(1.1), True),
        (1.11, Limit(1.1), False),
        (-0.003, Limit(-0.003, "at least"), True),
        (-0.0031, Limit(-0.003, "at least"), False),
        (5.0, None, None),
    ],
)
def test_a_limit_is_kept_up_to_its_value(median: float, limit: Limit | None, met: bool | None) -> None:
    assert figure(median, limit).met is met


def test_a_report_survives_its_json_and_says_what_was_met() -> None:
    written = report(engine=experiment(figure(0.9, Limit(1.1)), figure(1.2, Limit(1.1)), figure(7)))
    text = encode(written)
    assert decode(text) == written
    assert [cell["met"] for cell in json.loads(text)["experiments"]["engine"]["figures"]] == [True, False, None]
    assert [missed.spread.median for missed in written.missed()] == [1.2]


def test_a_stranger_to_the_shape_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError):
        decode(b'{"machine": {}}')


def test_a_partial_run_keeps_the_rest_of_a_like_machine_only() -> None:
    older = report(engine=experiment(title="old"), memory=experiment(title="kept"))
    again = report(engine=experiment(title="new"))
    assert {name: each.title for name, each in again.over(older).experiments.items()} == {
        "engine": "new",
        "memory": "kept",
    }
    elsewhere = report("another", engine=experiment(title="new"))
    assert list(elsewhere.over(older).experiments) == ["engine"]
