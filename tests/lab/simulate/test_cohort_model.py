"""The cohort model against the exact one, where both can be used."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from lab.simulate import cohort_model, cohort_range
from lab.simulate.rules import Rules
from lab.simulate.traffic import Traffic, constant, diurnal
from tests.support.lab.models import LONG, TIMES, as_given, both, lasting, mean

CASES = [
    pytest.param(diurnal(20, 3600, period=3600), {"idle_s": 60}, id="an hour like a day"),
    pytest.param(diurnal(2, 7200, period=7200), {"idle_s": 60}, id="few requests"),
    pytest.param(diurnal(150, 900, period=900), {"idle_s": 60}, id="many requests"),
    pytest.param(constant(0.01, 20_000), {"idle_s": 20}, id="mostly cold"),
    pytest.param(constant(0.5, 20_000), {"ping_every": 240, "warm": 3}, id="pings"),
    pytest.param(diurnal(20, 3600, period=3600), {"idle_s": 60, "provisioned": 4}, id="provisioned"),
    pytest.param(diurnal(20, 3600, period=3600), {"idle_s": 60, "attach_s": 2.0}, id="attachment"),
    pytest.param(diurnal(100, 600, period=600), {"idle_s": 60, "attach_s": 10.0}, id="long attachment"),
    pytest.param(constant(100, 600), {"idle_s": 60, "attach_s": 10.0, "limit": 100}, id="the limit, starting"),
    pytest.param(constant(5, 7200), {"idle_s": 60, "times": LONG}, id="long requests"),
    # the first requests find no container until INIT is over: most of the cold starts, and the peak
    pytest.param(constant(20, 1000), {"idle_s": 60}, id="a first burst"),
    pytest.param(constant(200, 30), {"idle_s": 60}, id="a short run"),
    pytest.param(constant(100, 600), {"idle_s": 300, "times": lasting(20)}, id="short requests"),
    pytest.param(constant(300, 300), {"idle_s": 60, "times": lasting(1)}, id="very short requests"),
    pytest.param(constant(2, 3600), {"idle_s": 60, "times": lasting(120, init_ms=1300)}, id="INIT, few requests"),
    pytest.param(constant(100, 300), {"idle_s": 60, "times": lasting(120, init_ms=4000)}, id="long INIT"),
    pytest.param(
        diurnal(100, 600, period=600), {"idle_s": 60, "times": lasting(120, init_ms=6000)}, id="the longest INIT"
    ),
    pytest.param(
        constant(20, 1500),
        {"times": lasting(120, sigma=0.6, first_sigma=0.6, init_sigma=0.6)},
        id="the most uneven times",
    ),
    pytest.param(constant(60, 1200), {"limit": 15}, id="the smallest limit"),
    pytest.param(constant(1, 7200), {"idle_s": 120, "ping_every": 60, "warm": 3}, id="the most pings"),
]


@pytest.mark.parametrize(("traffic", "rules"), CASES)
def test_both_models_agree(traffic: Traffic, rules: dict[str, Any]) -> None:
    followed, counted = both(traffic, **rules)
    assert mean(counted, "refused_share") == pytest.approx(mean(followed, "refused_share"), abs=0.005)
    for name, near in (("cold", 0.2), ("containers_started", 0.2), ("containers_peak", 0.15), ("busy_peak", 0.15)):
        # a difference of a few containers is chance
        assert mean(counted, name) == pytest.approx(mean(followed, name), rel=near, abs=2.5), name
    for name, near in (("requests", 0.1), ("dollars", 0.05), ("p50_ms", 0.05), ("p99_ms", 0.15)):
        assert mean(counted, name) == pytest.approx(mean(followed, name), rel=near), name
    assert {result.pings for result in counted} == {result.pings for result in followed}


@pytest.mark.parametrize(("traffic", "rules"), CASES)
def test_what_is_compared_is_in_the_range(traffic: Traffic, rules: dict[str, Any]) -> None:
    times = rules.get("times", TIMES)
    others = {name: value for name, value in rules.items() if name != "times"}
    assert not cohort_range.unchecked(traffic, times, Rules(**others))


@pytest.mark.parametrize(("rate", "limit"), [(120, 15), (300, 20)])
def test_both_models_refuse_the_same_share(rate: float, limit: int) -> None:
    followed, counted = both(constant(rate, 300), limit=limit)
    assert mean(counted, "refused_share") == pytest.approx(mean(followed, "refused_share"), rel=0.05)
    assert mean(counted, "containers_peak") == mean(followed, "containers_peak") == limit


def test_a_day_of_a_hundred_million_requests_takes_few_steps() -> None:
    result = cohort_model.simulate(diurnal(1200, 86_400), TIMES, Rules())
    assert result.model == "cohort"
    assert result.requests == pytest.approx(1200 * 86_400, rel=0.01)
    assert len(result.series.arrivals) <= 300
    assert sum(result.series.arrivals) == result.requests
    # at noon the mean in flight is 2,160 requests a second of 130 ms
    assert 2160 * 0.13 < result.containers_peak < 2160 * 0.13 * 1.5
    assert Counter(result.refused) == Counter()


def test_the_init_of_a_pinged_container_is_billed() -> None:
    """Where idle containers end before the next ping, that is most of the bill."""
    followed, counted = both(constant(0.02, 10_000), as_given(37, 0.5, 140), idle_s=3.6, ping_every=70, warm=3)
    assert mean(counted, "dollars") == pytest.approx(mean(followed, "dollars"), rel=0.05)


def test_the_same_seed_gives_the_same_day() -> None:
    day = diurnal(5, 3600, period=3600)
    assert cohort_model.simulate(day, TIMES, Rules(), seed=1) == cohort_model.simulate(day, TIMES, Rules(), seed=1)
    assert cohort_model.simulate(day, TIMES, Rules(), seed=1) != cohort_model.simulate(day, TIMES, Rules(), seed=2)
