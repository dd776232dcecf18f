"""Traffic through the exact and the coarse model, and times for both."""

from __future__ import annotations

from typing import Any

import msgspec

from lab.simulate import cohort_model, exact_model
from lab.simulate.result import SimulationResult
from lab.simulate.rules import Rules
from lab.simulate.times import Lognormal, RequestTimes
from lab.simulate.traffic import Traffic

TIMES = RequestTimes(
    service=Lognormal(median_ms=120, sigma=0.4),
    init=Lognormal(median_ms=600, sigma=0.2),
    first=Lognormal(median_ms=300, sigma=0.3),
)

# an invocation of two seconds makes steps of nine, and sixty seconds seven of them
LONG = msgspec.structs.replace(TIMES, service=Lognormal(median_ms=1900, sigma=0.4))


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
    traffic: Traffic, times: RequestTimes = TIMES, **rules: Any
) -> tuple[list[SimulationResult], list[SimulationResult]]:
    given = Rules(**rules)
    return (
        [exact_model.simulate(traffic, times, given, seed=seed) for seed in SEEDS],
        [cohort_model.simulate(traffic, times, given, seed=seed) for seed in SEEDS],
    )


def mean(results: list[SimulationResult], name: str) -> float:
    return float(sum(getattr(result, name) for result in results)) / len(results)
