"""Repeats what the lab recorded: the same arrivals and times, the containers decided anew."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

import msgspec
import numpy as np

from lab.experiments.support.load import Sample
from lab.recording import Recording
from lab.simulate import exact_model
from lab.simulate.billing import FunctionSize
from lab.simulate.fleet import Requests, SimulatedFleet
from lab.simulate.result import SimulationResult
from lab.simulate.rules import Rules
from lab.simulate.traffic import Floats

_STEPS = 300
_REFUSED = 429
_ANY_RATE = 1e9


class ReplayComparison(msgspec.Struct, frozen=True, kw_only=True):
    """A record and what the simulation makes of it."""

    name: str
    recorded: RecordedTotals
    simulated: SimulationResult

    @property
    def p50_apart(self) -> float | None:
        """Return how far the simulated p50 is from the recorded one, as a share of it."""
        if not self.recorded.p50_ms or self.simulated.p50_ms is None:
            return None
        return abs(self.simulated.p50_ms / self.recorded.p50_ms - 1)


class RecordedTotals(msgspec.Struct, frozen=True, kw_only=True):
    """What the lab counted; latencies from when a request was sent, over those that were not refused."""

    requests: int
    cold: int
    refused: int
    p50_ms: float | None
    p99_ms: float | None
    containers: int


def replay(
    samples: Sequence[Sample], idle_s: float, limit: int = 1000, *, starters: int | None = None
) -> SimulationResult:
    """Return what the simulation makes of a record, with a pool of containers for each function in it.

    A request takes the time its invocation took when it was recorded, and the way to the container and
    back, which is the median of what warm ones took beyond it. One that is cold here and was warm there
    starts in the median of the others. A recorded start includes the wait for a core, of which others
    that are not in the record may have been the cause. With ``starters`` it is INIT alone, and the wait
    is played: so many start at once, the others queue. There is no limit on rates, as in the lab.
    """
    rules = Rules(
        limit=limit,
        idle_s=idle_s,
        starters=starters or 0,
        scaling=len(samples),
        rate_per_place=_ANY_RATE,
    )
    ordered = sorted(samples, key=lambda sample: sample.began)
    requests = _requests(ordered, played_wait=starters is not None)
    fleet = SimulatedFleet(rules, len({sample.function for sample in ordered}))
    bounds = np.linspace(0.0, max(sample.ended for sample in ordered), _STEPS + 1)
    states = exact_model.play(fleet, requests, bounds)
    nobody = np.zeros(len(ordered), dtype=bool)
    steps = exact_model.series(requests, nobody, bounds, states)
    return exact_model.result(requests, nobody, fleet, steps, rules=rules, function=FunctionSize())


def replayed(record: Recording, starters: int | None = None) -> ReplayComparison:
    """Return both sides of a record."""
    again = replay(record.samples, record.idle_s, record.limit, starters=starters)
    return ReplayComparison(name=record.name, recorded=recorded(record.samples), simulated=again)


def recorded(samples: Sequence[Sample]) -> RecordedTotals:
    """Return the same answers as the lab measured them."""
    served = [sample for sample in samples if sample.status != _REFUSED]
    times = [1000 * (sample.ended - sample.began) for sample in served]
    p50, p99 = np.percentile(times, (50, 99)).tolist() if times else (None, None)
    return RecordedTotals(
        requests=len(samples),
        cold=sum(sample.cold for sample in served),
        refused=len(samples) - len(served),
        p50_ms=p50,
        p99_ms=p99,
        containers=len({sample.container for sample in served}),
    )


def _requests(ordered: Sequence[Sample], *, played_wait: bool) -> Requests:
    names = sorted({sample.function for sample in ordered})
    way_ms = _way_ms(ordered)
    starts = [_start_ms(sample, way_ms, played_wait=played_wait) for sample in ordered]
    took = _filled([None if sample.status == _REFUSED else sample.duration_ms + way_ms for sample in ordered])
    pool = np.array([1 + names.index(sample.function) for sample in ordered])
    return Requests(np.array([sample.began for sample in ordered]), took, _filled(starts), took, pool)


def _way_ms(samples: Sequence[Sample]) -> float:
    """Return what lies between a caller and a container that is ready."""
    warm = [_beyond_ms(sample) for sample in samples if not sample.cold and sample.status != _REFUSED]
    return max(0.0, median(warm)) if warm else 0.0


def _beyond_ms(sample: Sample) -> float:
    return 1000 * (sample.ended - sample.began) - sample.duration_ms


def _start_ms(sample: Sample, way_ms: float, *, played_wait: bool) -> float | None:
    if sample.init_ms is None or played_wait:
        return sample.init_ms
    return max(0.0, _beyond_ms(sample) - way_ms)


def _filled(values: Sequence[float | None]) -> Floats:
    """Return seconds for milliseconds; what was not recorded, as of a refused request, is like the others."""
    usual = median([value for value in values if value is not None] or [0.0])
    return np.array([usual if value is None else value for value in values]) / 1000
