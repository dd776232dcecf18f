"""The cohort model against the exact one, where both can be used."""

from __future__ import annotations

from collections import Counter
from typing import Any

import msgspec
import pytest

from lab.simulate import cohort_model, exact_model
from lab.simulate.result import SimulationResult
from lab.simulate.rules import Rules
from lab.simulate.times import Lognormal, Measured, RequestTimes
from lab.simulate.traffic import Traffic, constant, diurnal

LOAD = RequestTimes(
    service=Lognormal(median_ms=120, sigma=0.4),
    init=Lognormal(median_ms=600, sigma=0.2),
    first=Lognormal(median_ms=300, sigma=0.3),
)


# an invocation of two seconds makes steps of nine, and sixty seconds seven of them
LONG = msgspec.structs.replace(LOAD, service=Lognormal(median_ms=1900, sigma=0.4))


def lasting(
    service_ms: float,
    *,
    init_ms: float = 600,
    first_ms: float = 300,
    sigma: float = 0.4,
    first_sigma: float = 0.3,
    init_sigma: float = 0.2,
) -> RequestTimes:
    return RequestTimes(
        service=Lognormal(median_ms=service_ms, sigma=sigma),
        init=Lognormal(median_ms=init_ms, sigma=init_sigma),
        first=Lognormal(median_ms=first_ms, sigma=first_sigma),
    )


def as_given(service_ms: float, sigma: float, init_ms: float, *, first_ms: float = 0) -> RequestTimes:
    """Return what the options of the command give: one sigma for all invocations, and a small one for INIT."""
    return lasting(service_ms, init_ms=init_ms, first_ms=first_ms or service_ms, sigma=sigma, first_sigma=sigma)


SEEDS = range(4)


def both(
    traffic: Traffic, load: RequestTimes = LOAD, **rules: Any
) -> tuple[list[SimulationResult], list[SimulationResult]]:
    given = Rules(**rules)
    return (
        [exact_model.simulate(traffic, load, given, seed=seed) for seed in SEEDS],
        [cohort_model.simulate(traffic, load, given, seed=seed) for seed in SEEDS],
    )


def mean(results: list[SimulationResult], name: str) -> float:
    return float(sum(getattr(result, name) for result in results)) / len(results)


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
    pytest.param(constant(5, 7200), {"idle_s": 60, "load": LONG}, id="long requests"),
    # the first requests find no container until INIT is over: most of the cold starts, and the peak
    pytest.param(constant(20, 1000), {"idle_s": 60}, id="a first burst"),
    pytest.param(constant(200, 30), {"idle_s": 60}, id="a short run"),
    pytest.param(constant(100, 600), {"idle_s": 300, "load": lasting(20)}, id="short requests"),
    pytest.param(constant(300, 300), {"idle_s": 60, "load": lasting(1)}, id="very short requests"),
    pytest.param(constant(2, 3600), {"idle_s": 60, "load": lasting(120, init_ms=1300)}, id="INIT, few requests"),
    pytest.param(constant(100, 300), {"idle_s": 60, "load": lasting(120, init_ms=4000)}, id="long INIT"),
    pytest.param(
        diurnal(100, 600, period=600), {"idle_s": 60, "load": lasting(120, init_ms=6000)}, id="the longest INIT"
    ),
    pytest.param(
        constant(20, 1500),
        {"load": lasting(120, sigma=0.6, first_sigma=0.6, init_sigma=0.6)},
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
    load = rules.get("load", LOAD)
    others = {name: value for name, value in rules.items() if name != "load"}
    assert not cohort_model.unchecked(traffic, load, Rules(**others))


@pytest.mark.parametrize(
    ("traffic", "idle_s", "load", "why", "wrong"),
    [
        # a few overlaps an hour are the cold starts, and the coarse model finds a tenth of them
        pytest.param(constant(0.05, 40_000), 300, LOAD, "at 0.05 requests a second: ", "cold", id="few overlaps"),
        pytest.param(
            constant(20, 600), 0.4, LOAD, "with an --idle of 0.4 s: it takes 60", "cold", id="idle for half a step"
        ),
        pytest.param(constant(20, 600), 2, LOAD, "with an --idle of 2 s: it takes 60", "cold", id="idle for two steps"),
        # hardly any container is used twice, but all of that happens within a step
        pytest.param(constant(100, 100), 0.001, LOAD, "with an --idle of 0.001 s: ", "cold", id="not idle at all"),
        pytest.param(
            constant(0.003, 200_000),
            20,
            lasting(15_000, first_ms=16_000),
            "with an --idle of 20 s: it takes 455",
            "cold",
            id="less idle than a step, few requests",
        ),
        pytest.param(
            constant(5, 7200), 60, lasting(10_000), "with an --idle of 60 s: it takes 303", "cold", id="long steps"
        ),
        pytest.param(
            diurnal(20, 600, swing=1, period=1), 60, LOAD, "with a --period of 1 s: ", "cold", id="a step's own period"
        ),
        pytest.param(constant(50, 3), 60, lasting(120, first_ms=120), "for 3 s: it takes 30", "cold", id="few seconds"),
        pytest.param(
            diurnal(20, 1800, period=1800),
            60,
            lasting(120, init_ms=12_000),
            "with INIT of 12.2 s: it takes 6.5 at most",
            "cold",
            id="INIT too long",
        ),
        pytest.param(
            diurnal(20, 1800, period=1800),
            60,
            lasting(120, first_ms=12_000),
            "with cold starts of 13 s: it takes 11 at most",
            "cold",
            id="first invocations too long",
        ),
        pytest.param(
            diurnal(20, 1800, period=1800),
            60,
            lasting(120, init_ms=6000),
            "at 20 requests a second and cold starts of 6.31 s: it takes 10 in flight",
            "busy_peak",
            id="INIT too long for the rate",
        ),
        pytest.param(
            constant(5, 3600),
            60,
            lasting(120, init_ms=2000, first_ms=120),
            "at 5 requests a second and cold starts of 2.04 s: it takes 2.5 in flight",
            "busy_peak",
            id="INIT of more than a step",
        ),
        pytest.param(
            constant(10, 1800),
            60,
            lasting(40),
            "at 10 requests a second: it takes 30 where they last 43 ms",
            "cold",
            id="few short requests",
        ),
    ],
)
def test_where_the_models_disagree_is_outside_the_range(
    traffic: Traffic, idle_s: float, load: RequestTimes, why: str, wrong: str
) -> None:
    assert cohort_model.unchecked(traffic, load, Rules(idle_s=idle_s)).startswith(why)
    followed, counted = both(traffic, load, idle_s=idle_s)
    assert mean(counted, wrong) != pytest.approx(mean(followed, wrong), rel=0.15)


@pytest.mark.parametrize(
    ("traffic", "load", "rules", "why", "wrong"),
    [
        pytest.param(
            constant(93, 64),
            as_given(920, 2, 565),
            {"idle_s": 213},
            "with a --service-sigma of 2: it takes 0.6 at most",
            "cold",
            id="uneven times",
        ),
        pytest.param(
            constant(5, 900),
            as_given(61, 0.4, 16, first_ms=305),
            {"idle_s": 150, "limit": 2},
            "with a --limit of 2: it takes 15",
            "refused_share",
            id="a small limit",
        ),
        pytest.param(
            constant(32, 1356),
            as_given(183, 0.5, 122),
            {"idle_s": 88, "ping_every": 239, "warm": 5},
            "with a --warm of 5: it takes 3 at most",
            "cold",
            id="pings to many",
        ),
        pytest.param(
            constant(0.51, 10_600),
            as_given(704, 0.5, 1020, first_ms=1070),
            {"idle_s": 210, "ping_every": 6.74},
            "with a --ping-every of 6.74 s: it takes 60",
            "cold",
            id="pings too often",
        ),
        pytest.param(
            constant(343, 80),
            as_given(50, 0.5, 5),
            {"ping_every": 60, "ping_ms": 500},
            "with 172 requests during a ping of --ping-ms: it takes 0.2 at most",
            "cold",
            id="many requests during a ping",
        ),
        pytest.param(
            constant(190, 32),
            as_given(1710, 0.2, 85),
            {"limit": 77, "scaling": 53},
            "with a --scaling of 53: it takes the 77 of the first burst",
            "refused_share",
            id="slow scaling",
        ),
        pytest.param(
            constant(17.7, 39),
            as_given(2050, 0.5, 4720),
            {"idle_s": 97, "limit": 43},
            "for 39 s and a first burst of 126 above --limit: it takes 241 s",
            "refused_share",
            id="a first burst above the limit",
        ),
        pytest.param(
            constant(0.09, 5200),
            as_given(281, 0.2, 7, first_ms=570),
            {"idle_s": 1.3, "provisioned": 1},
            "with an --idle of 1.3 s: it takes 60",
            "cold",
            id="few overlaps beside a provisioned one",
        ),
        pytest.param(
            constant(213, 100),
            as_given(4.2, 0, 1070),
            {"provisioned": 2},
            "with --provisioned and cold starts of 1.09 s: it takes 20 invocations at most, 0.084 s",
            "cold",
            id="long cold starts beside provisioned ones",
        ),
        pytest.param(
            constant(318, 31),
            as_given(313, 0.5, 5),
            {"idle_s": 81, "limit": 20, "provisioned": 13},
            "with --provisioned and 113 in flight: it takes a --limit of as many",
            "dollars",
            id="provisioned and full",
        ),
    ],
)
def test_where_the_models_disagree_by_another_rule_is_outside_the_range(
    traffic: Traffic, load: RequestTimes, rules: dict[str, Any], why: str, wrong: str
) -> None:
    assert cohort_model.unchecked(traffic, load, Rules(**rules)).startswith(why)
    followed, counted = both(traffic, load, **rules)
    assert mean(counted, wrong) != pytest.approx(mean(followed, wrong), rel=0.15)


def test_uneven_samples_and_uneven_inits_are_outside_the_range() -> None:
    uneven = msgspec.structs.replace(LOAD, service=Measured((10.0, 10.0, 10.0, 900.0)))
    assert cohort_model.unchecked(constant(20, 600), uneven, Rules()) == (
        "with --samples as uneven as a --service-sigma of 1.15: it takes 0.6 at most"
    )
    even = msgspec.structs.replace(LOAD, service=Measured((90.0, 100.0, 110.0)))
    assert not cohort_model.unchecked(constant(20, 600), even, Rules())
    init = lasting(120, init_sigma=0.7)
    assert cohort_model.unchecked(constant(20, 600), init, Rules()).startswith("with a --init-sigma of 0.7: ")


def test_a_period_that_was_not_compared_is_outside_the_range() -> None:
    for period, checked in ((60, False), (599, False), (600, True)):
        traffic = diurnal(20, 1200, swing=1, period=period)
        assert (not cohort_model.unchecked(traffic, LOAD, Rules(idle_s=60))) is checked


@pytest.mark.parametrize(("rate", "limit"), [(120, 15), (300, 20)])
def test_both_models_refuse_the_same_share(rate: float, limit: int) -> None:
    followed, counted = both(constant(rate, 300), limit=limit)
    assert mean(counted, "refused_share") == pytest.approx(mean(followed, "refused_share"), rel=0.05)
    assert mean(counted, "containers_peak") == mean(followed, "containers_peak") == limit


def test_a_day_of_a_hundred_million_requests_takes_few_steps() -> None:
    result = cohort_model.simulate(diurnal(1200, 86_400), LOAD, Rules())
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
    assert cohort_model.simulate(day, LOAD, Rules(), seed=1) == cohort_model.simulate(day, LOAD, Rules(), seed=1)
    assert cohort_model.simulate(day, LOAD, Rules(), seed=1) != cohort_model.simulate(day, LOAD, Rules(), seed=2)
