"""Simulates traffic with the cohort model, which takes about a second for a whole day."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from lab.simulate.billing import BilledUsage, FunctionSize, dollars
from lab.simulate.cohorts import Cohorts, CohortStep, least_step_s
from lab.simulate.exact_model import ping_times
from lab.simulate.result import SimulationResult, StepSeries
from lab.simulate.rules import Rules
from lab.simulate.times import RequestTimes
from lab.simulate.traffic import Traffic

_POINTS = 300
_DRAWN = 200_000
# a begun millisecond is billed whole: on average half of one more than the mean
_BEGUN_MS = 0.5


def simulate(
    traffic: Traffic, times: RequestTimes, rules: Rules, *, function: FunctionSize | None = None, seed: int = 0
) -> SimulationResult:
    """Return the approximate result for the traffic; the same seed gives the same result."""
    rng = np.random.default_rng(seed)
    count = max(1, math.floor(traffic.seconds / least_step_s(times)))
    step_s = traffic.seconds / count
    cohorts = Cohorts(times, rules, step_s, rng)
    steps = list(_steps(cohorts, traffic, rules, step_s, count))
    return _result(steps, step_s, times, rules, function or FunctionSize(), rng)


def _steps(cohorts: Cohorts, traffic: Traffic, rules: Rules, step_s: float, count: int) -> Iterator[CohortStep]:
    begins = np.linspace(0.0, traffic.seconds, count, endpoint=False)
    rates = traffic.rate_at(begins + step_s / 2)
    pinged = set((ping_times(rules, traffic.seconds) // step_s).astype(int).tolist())
    for number, (at, rate) in enumerate(zip(begins.tolist(), rates.tolist(), strict=True)):
        yield cohorts.step(at, rate, number in pinged)


def _result(
    steps: Sequence[CohortStep],
    step_s: float,
    times: RequestTimes,
    rules: Rules,
    function: FunctionSize,
    rng: np.random.Generator,
) -> SimulationResult:
    seconds = step_s * len(steps)
    requests, cold = sum(step.arrivals for step in steps), sum(step.cold for step in steps)
    refused = {reason: sum(getattr(step, reason) for step in steps) for reason in ("concurrency", "scaling", "rate")}
    served = requests - sum(refused.values())
    pings = len(ping_times(rules, seconds)) * rules.warm
    p50, p99 = _latencies(times, rules, cold / served, rng) if served else (None, None)
    return SimulationResult(
        model="cohort",
        seconds=seconds,
        requests=requests,
        cold=cold,
        refused=refused,
        p50_ms=p50,
        p99_ms=p99,
        containers_started=sum(step.started for step in steps) + rules.provisioned,
        containers_peak=max(step.containers for step in steps),
        busy_peak=max(step.busy for step in steps),
        pings=pings,
        dollars=dollars(_usage(steps, times, rules, served, pings, seconds), function),
        series=_series(steps, step_s),
    )


def _latencies(times: RequestTimes, rules: Rules, cold_share: float, rng: np.random.Generator) -> tuple[float, float]:
    cold = round(_DRAWN * cold_share)
    new = 1000 * rules.attach_s + times.init.draw(rng, cold) + times.first.draw(rng, cold)
    p50, p99 = np.percentile(np.concatenate([new, times.service.draw(rng, _DRAWN - cold)]), (50, 99)).tolist()
    return p50, p99


def _usage(
    steps: Sequence[CohortStep], times: RequestTimes, rules: Rules, served: int, pings: int, seconds: float
) -> BilledUsage:
    """Return the billed usage, at the mean times."""
    cold = sum(step.cold for step in steps)
    by_pings = sum(step.started for step in steps) - cold
    arrivals = sum(step.arrivals for step in steps)
    ready = (served - cold) * sum(step.arrivals * step.ready for step in steps) / max(1, arrivals)
    warm = served - cold - ready
    return BilledUsage(
        invocations=served + pings,
        billed_ms=warm * (times.service.mean_ms + _BEGUN_MS)
        + cold * (times.init.mean_ms + times.first.mean_ms + _BEGUN_MS)
        + pings * rules.held_ms
        + by_pings * times.init.mean_ms,
        ready_billed_ms=ready * (times.service.mean_ms + _BEGUN_MS),
        provisioned_s=rules.provisioned * seconds,
    )


def _series(steps: Sequence[CohortStep], step_s: float) -> StepSeries:
    size = math.ceil(len(steps) / _POINTS)
    groups = [steps[begin : begin + size] for begin in range(0, len(steps), size)]

    def total(of: Callable[[CohortStep], float]) -> tuple[float, ...]:
        return tuple(float(sum(map(of, group))) for group in groups)

    return StepSeries(
        step_s=size * step_s,
        arrivals=total(lambda step: step.arrivals),
        cold=total(lambda step: step.cold),
        refused=total(lambda step: step.concurrency + step.scaling + step.rate),
        containers=tuple(float(group[-1].containers) for group in groups),
        busy=tuple(float(group[-1].busy) for group in groups),
    )
