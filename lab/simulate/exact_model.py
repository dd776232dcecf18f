"""Simulates traffic by following every request."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lab.simulate.billing import BilledUsage, FunctionSize, dollars
from lab.simulate.fleet import FleetSize, RequestOutcome, Requests, SimulatedFleet
from lab.simulate.result import SimulationResult, StepSeries
from lab.simulate.rules import Rules
from lab.simulate.times import RequestTimes
from lab.simulate.traffic import Floats, Traffic

_STEPS = 300
_REFUSALS = (RequestOutcome.CONCURRENCY, RequestOutcome.SCALING, RequestOutcome.RATE)
Flags = NDArray[np.bool_]


def simulate(
    traffic: Traffic, times: RequestTimes, rules: Rules, *, function: FunctionSize | None = None, seed: int = 0
) -> SimulationResult:
    """Return the result for the traffic; the same seed gives the same result."""
    requests, pings = _requests(traffic, times, rules, np.random.default_rng(seed))
    return played(requests, pings, traffic.seconds, rules, function=function or FunctionSize())


def played(
    requests: Requests, pings: Flags, seconds: float, rules: Rules, *, function: FunctionSize, functions: int = 1
) -> SimulationResult:
    """Return the result of requests to so many ``functions`` in so many seconds; ``pings`` tells which are pings."""
    fleet = SimulatedFleet(rules, functions)
    bounds = np.linspace(0.0, seconds, _STEPS + 1)
    steps = _series(requests, pings, bounds, _play(fleet, requests, bounds))
    return _result(requests, pings, fleet, steps, rules=rules, function=function)


def _play(fleet: SimulatedFleet, requests: Requests, bounds: Floats) -> list[FleetSize]:
    """Play the requests step by step; return the fleet's size at the end of each step."""
    states, begin = [], 0
    for bound, end in zip(bounds[1:].tolist(), np.searchsorted(requests.at, bounds[1:]).tolist(), strict=True):
        fleet.play(requests, begin, end)
        states.append(fleet.size(bound))
        begin = end
    return states


def _series(requests: Requests, pings: Flags, bounds: Floats, states: list[FleetSize]) -> StepSeries:
    """Return the run in steps between ``bounds``."""
    is_request = ~pings
    cold = is_request & (requests.outcome == RequestOutcome.COLD)
    refused = is_request & np.isin(requests.outcome, _REFUSALS)
    counts = [np.histogram(requests.at[which], bounds)[0].tolist() for which in (is_request, cold, refused)]
    return StepSeries(
        step_s=float(bounds[1] - bounds[0]),
        arrivals=tuple(counts[0]),
        cold=tuple(counts[1]),
        refused=tuple(counts[2]),
        containers=tuple(float(state.containers) for state in states),
        busy=tuple(float(state.busy) for state in states),
    )


def _result(
    requests: Requests, pings: Flags, fleet: SimulatedFleet, steps: StepSeries, *, rules: Rules, function: FunctionSize
) -> SimulationResult:
    """Return the result of requests that were played."""
    is_request = ~pings
    seconds = steps.step_s * len(steps.arrivals)
    refused = {outcome.name.lower(): int(np.sum(is_request & (requests.outcome == outcome))) for outcome in _REFUSALS}
    latency = 1000 * requests.latency()[is_request & ~np.isin(requests.outcome, _REFUSALS)]
    p50, p99 = np.percentile(latency, (50, 99)).tolist() if len(latency) else (None, None)
    return SimulationResult(
        model="exact",
        seconds=seconds,
        requests=int(is_request.sum()),
        cold=int(np.sum(is_request & (requests.outcome == RequestOutcome.COLD))),
        refused=refused,
        p50_ms=p50,
        p99_ms=p99,
        containers_started=fleet.started.total() + rules.provisioned,
        containers_peak=fleet.max_containers,
        busy_peak=fleet.max_busy,
        pings=int(pings.sum()),
        dollars=dollars(_usage(requests, rules, seconds), function),
        series=steps,
    )


def _requests(traffic: Traffic, times: RequestTimes, rules: Rules, rng: np.random.Generator) -> tuple[Requests, Flags]:
    """Return requests and pings in order of arrival, and which of them are pings."""
    arrivals = traffic.draw(rng)
    pings = np.repeat(ping_times(rules, traffic.seconds), rules.warm)
    count, total = len(arrivals), len(arrivals) + len(pings)
    held = np.full(len(pings), rules.held_ms)
    at = np.concatenate([pings, arrivals])
    order = np.argsort(at, kind="stable")
    serve = np.concatenate([held, times.service.draw(rng, count)])[order] / 1000
    first = np.concatenate([held, times.first.draw(rng, count)])[order] / 1000
    start = rules.attach_s + times.init.draw(rng, total) / 1000
    return Requests(at[order], serve, start, first, np.ones(total, dtype=np.int64)), order < len(pings)


def ping_times(rules: Rules, seconds: float) -> Floats:
    """Return when pings are sent, the first at the start."""
    return np.arange(0.0, seconds, rules.ping_every) if rules.ping_every else np.empty(0)


def _usage(requests: Requests, rules: Rules, seconds: float) -> BilledUsage:
    """Return the billed usage: started milliseconds, with INIT but without the network attachment."""
    warm, ready, cold = (
        requests.outcome == outcome for outcome in (RequestOutcome.WARM, RequestOutcome.READY, RequestOutcome.COLD)
    )
    new = requests.first[cold] + requests.start[cold] - rules.attach_s
    return BilledUsage(
        invocations=float(warm.sum() + ready.sum() + cold.sum()),
        billed_ms=_begun(requests.serve[warm]) + _begun(new),
        ready_billed_ms=_begun(requests.serve[ready]),
        provisioned_s=rules.provisioned * seconds,
    )


def _begun(seconds: Floats) -> float:
    # a nanosecond over is the rounding error of a sum, not a begun millisecond
    return float(np.ceil(1000 * seconds - 1e-6).sum())
