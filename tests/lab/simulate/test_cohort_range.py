"""The range of the cohort model: where it and the exact one disagree, it is refused."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from lab.simulate import cohort_range
from lab.simulate.rules import Rules
from lab.simulate.times import Measured, RequestTimes
from lab.simulate.traffic import Traffic, constant, diurnal
from tests.support.lab.models import TIMES, as_given, both, lasting, mean


@pytest.mark.parametrize(
    ("traffic", "times", "rules", "why", "wrong"),
    [
        # a few overlaps an hour are the cold starts, and the coarse model finds a tenth of them
        pytest.param(
            constant(0.05, 40_000), TIMES, {"idle_s": 300}, "at 0.05 requests a second: ", "cold", id="few overlaps"
        ),
        pytest.param(
            constant(20, 600),
            TIMES,
            {"idle_s": 0.4},
            "with an --idle of 0.4 s: it needs at least 60",
            "cold",
            id="idle for half a step",
        ),
        pytest.param(
            constant(20, 600),
            TIMES,
            {"idle_s": 2},
            "with an --idle of 2 s: it needs at least 60",
            "cold",
            id="idle for two steps",
        ),
        # hardly any container is used twice, but all of that happens within a step
        pytest.param(
            constant(100, 100), TIMES, {"idle_s": 0.001}, "with an --idle of 0.001 s: ", "cold", id="not idle at all"
        ),
        pytest.param(
            constant(0.003, 200_000),
            lasting(15_000, first_ms=16_000),
            {"idle_s": 20},
            "with an --idle of 20 s: it needs at least 455",
            "cold",
            id="less idle than a step, few requests",
        ),
        pytest.param(
            constant(5, 7200),
            lasting(10_000),
            {"idle_s": 60},
            "with an --idle of 60 s: it needs at least 303",
            "cold",
            id="long steps",
        ),
        pytest.param(
            diurnal(20, 600, swing=1, period=1),
            TIMES,
            {"idle_s": 60},
            "with a --period of 1 s: ",
            "cold",
            id="a step's own period",
        ),
        pytest.param(
            constant(50, 3),
            lasting(120, first_ms=120),
            {"idle_s": 60},
            "for 3 s: it needs at least 30",
            "cold",
            id="few seconds",
        ),
        pytest.param(
            diurnal(20, 1800, period=1800),
            lasting(120, init_ms=12_000),
            {"idle_s": 60},
            "with INIT of 12.2 s: it needs at most 6.5",
            "cold",
            id="INIT too long",
        ),
        pytest.param(
            diurnal(20, 1800, period=1800),
            lasting(120, first_ms=12_000),
            {"idle_s": 60},
            "with cold starts of 13 s: it needs at most 11",
            "cold",
            id="first invocations too long",
        ),
        pytest.param(
            diurnal(20, 1800, period=1800),
            lasting(120, init_ms=6000),
            {"idle_s": 60},
            "at 20 requests a second and cold starts of 6.31 s: it needs at least 10 in flight",
            "busy_peak",
            id="INIT too long for the rate",
        ),
        pytest.param(
            constant(5, 3600),
            lasting(120, init_ms=2000, first_ms=120),
            {"idle_s": 60},
            "at 5 requests a second and cold starts of 2.04 s: it needs at least 2.5 in flight",
            "busy_peak",
            id="INIT of more than a step",
        ),
        pytest.param(
            constant(10, 1800),
            lasting(40),
            {"idle_s": 60},
            "at 10 requests a second: it needs at least 30 where they last 43 ms",
            "cold",
            id="few short requests",
        ),
        pytest.param(
            constant(93, 64),
            as_given(920, 2, 565),
            {"idle_s": 213},
            "with a --service-sigma of 2: it needs at most 0.6",
            "cold",
            id="uneven times",
        ),
        pytest.param(
            constant(5, 900),
            as_given(61, 0.4, 16, first_ms=305),
            {"idle_s": 150, "limit": 2},
            "with a --limit of 2: it needs at least 15",
            "refused_share",
            id="a small limit",
        ),
        pytest.param(
            constant(32, 1356),
            as_given(183, 0.5, 122),
            {"idle_s": 88, "ping_every": 239, "warm": 5},
            "with a --warm of 5: it needs at most 3",
            "cold",
            id="pings to many",
        ),
        pytest.param(
            constant(0.51, 10_600),
            as_given(704, 0.5, 1020, first_ms=1070),
            {"idle_s": 210, "ping_every": 6.74},
            "with a --ping-every of 6.74 s: it needs at least 60",
            "cold",
            id="pings too often",
        ),
        pytest.param(
            constant(343, 80),
            as_given(50, 0.5, 5),
            {"ping_every": 60, "ping_ms": 500},
            "with 172 requests during a ping of --ping-ms: it needs at most 0.2",
            "cold",
            id="many requests during a ping",
        ),
        pytest.param(
            constant(190, 32),
            as_given(1710, 0.2, 85),
            {"limit": 77, "scaling": 53},
            "with a --scaling of 53: it needs at least the 77 of the first burst",
            "refused_share",
            id="slow scaling",
        ),
        pytest.param(
            constant(17.7, 39),
            as_given(2050, 0.5, 4720),
            {"idle_s": 97, "limit": 43},
            "for 39 s and a first burst of 126 above --limit: it needs at least 241 s",
            "refused_share",
            id="a first burst above the limit",
        ),
        pytest.param(
            constant(0.09, 5200),
            as_given(281, 0.2, 7, first_ms=570),
            {"idle_s": 1.3, "provisioned": 1},
            "with an --idle of 1.3 s: it needs at least 60",
            "cold",
            id="few overlaps beside a provisioned one",
        ),
        pytest.param(
            constant(213, 100),
            as_given(4.2, 0, 1070),
            {"provisioned": 2},
            "with --provisioned and cold starts of 1.09 s: it needs at most 20 invocations, 0.084 s",
            "cold",
            id="long cold starts beside provisioned ones",
        ),
        pytest.param(
            constant(318, 31),
            as_given(313, 0.5, 5),
            {"idle_s": 81, "limit": 20, "provisioned": 13},
            "with --provisioned and 113 in flight: it needs a --limit of at least as many",
            "dollars",
            id="provisioned and full",
        ),
    ],
)
def test_where_the_models_disagree_is_outside_the_range(
    traffic: Traffic, times: RequestTimes, rules: dict[str, Any], why: str, wrong: str
) -> None:
    assert cohort_range.unchecked(traffic, times, Rules(**rules)).startswith(why)
    followed, counted = both(traffic, times, **rules)
    assert mean(counted, wrong) != pytest.approx(mean(followed, wrong), rel=0.15)


def test_uneven_samples_and_uneven_inits_are_outside_the_range() -> None:
    uneven = msgspec.structs.replace(TIMES, service=Measured((10.0, 10.0, 10.0, 900.0)))
    assert cohort_range.unchecked(constant(20, 600), uneven, Rules()) == (
        "with --samples as uneven as a --service-sigma of 1.15: it needs at most 0.6"
    )
    even = msgspec.structs.replace(TIMES, service=Measured((90.0, 100.0, 110.0)))
    assert not cohort_range.unchecked(constant(20, 600), even, Rules())
    init = lasting(120, init_sigma=0.7)
    assert cohort_range.unchecked(constant(20, 600), init, Rules()).startswith("with a --init-sigma of 0.7: ")


def test_a_period_that_was_not_compared_is_outside_the_range() -> None:
    for period, checked in ((60, False), (599, False), (600, True)):
        traffic = diurnal(20, 1200, swing=1, period=period)
        assert (not cohort_range.unchecked(traffic, TIMES, Rules(idle_s=60))) is checked
