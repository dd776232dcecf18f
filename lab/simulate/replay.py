"""Replays a recording of the lab: the same arrivals and times, with containers chosen by the simulation."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

import msgspec
import numpy as np

from lab.recorded_traffic import Recording, Sample
from lab.simulate import exact_model
from lab.simulate.billing import FunctionSize
from lab.simulate.fleet import Requests
from lab.simulate.result import SimulationResult
from lab.simulate.rules import Rules
from lab.simulate.traffic import Floats

_THROTTLED = 429


class ReplayComparison(msgspec.Struct, frozen=True, kw_only=True):
    """A recording's totals beside those of its simulation."""

    name: str
    recorded: RecordedTotals
    simulated: SimulationResult

    @property
    def p50_deviation(self) -> float | None:
        """Return the difference of the simulated p50 from the recorded one, relative to the latter."""
        if not self.recorded.p50_ms or self.simulated.p50_ms is None:
            return None
        return abs(self.simulated.p50_ms / self.recorded.p50_ms - 1)


class RecordedTotals(msgspec.Struct, frozen=True, kw_only=True):
    """The counts of the lab; latencies are measured from sending, without refused requests."""

    requests: int
    cold: int
    refused: int
    p50_ms: float | None
    p99_ms: float | None
    containers: int


def compare(recording: Recording, starters: int | None = None) -> ReplayComparison:
    """Return a recording's totals and those of its replay."""
    again = replay(recording.samples, recording.idle_s, recording.limit, starters=starters)
    return ReplayComparison(name=recording.name, recorded=totals(recording.samples), simulated=again)


def totals(samples: Sequence[Sample]) -> RecordedTotals:
    """Return the totals that the lab measured."""
    served = [sample for sample in samples if sample.status != _THROTTLED]
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


def replay(
    samples: Sequence[Sample], idle_s: float, limit: int = 1000, *, starters: int | None = None
) -> SimulationResult:
    """Return the simulation of recorded requests, with a pool of containers for each function.

    A request takes as long as its recorded invocation, plus the median overhead of warm requests between
    caller and container. One that is cold here but was warm in the recording starts in the median of the others.
    A recorded start includes the wait for a core, which containers that are not in the recording may have
    caused. With ``starters`` a start is INIT alone and the wait is simulated: so many start at once, the
    others queue.
    """
    rules = Rules(
        limit=limit,
        idle_s=idle_s,
        starters=starters or 0,
        scaling=len(samples),
    )
    ordered = sorted(samples, key=lambda sample: sample.began)
    return exact_model.played(
        _requests(ordered, simulate_wait=starters is not None),
        np.zeros(len(ordered), dtype=bool),
        max(sample.ended for sample in ordered),
        rules,
        function=FunctionSize(),
        functions=len({sample.function for sample in ordered}),
    )


def _requests(ordered: Sequence[Sample], *, simulate_wait: bool) -> Requests:
    names = sorted({sample.function for sample in ordered})
    overhead_ms = _overhead_ms(ordered)
    starts = [_start_ms(sample, overhead_ms, simulate_wait=simulate_wait) for sample in ordered]
    took = _seconds([None if sample.status == _THROTTLED else sample.duration_ms + overhead_ms for sample in ordered])
    pool = np.array([1 + names.index(sample.function) for sample in ordered])
    return Requests(np.array([sample.began for sample in ordered]), took, _seconds(starts), took, pool)


def _overhead_ms(samples: Sequence[Sample]) -> float:
    """Return the median time between a caller and a warm container, both ways."""
    warm = [_beyond_ms(sample) for sample in samples if not sample.cold and sample.status != _THROTTLED]
    return max(0.0, median(warm)) if warm else 0.0


def _beyond_ms(sample: Sample) -> float:
    return 1000 * (sample.ended - sample.began) - sample.duration_ms


def _start_ms(sample: Sample, overhead_ms: float, *, simulate_wait: bool) -> float | None:
    if sample.init_ms is None or simulate_wait:
        return sample.init_ms
    return max(0.0, _beyond_ms(sample) - overhead_ms)


def _seconds(values: Sequence[float | None]) -> Floats:
    """Return seconds for milliseconds, with the median in place of missing values, as of refused requests."""
    usual = median([value for value in values if value is not None] or [0.0])
    return np.array([usual if value is None else value for value in values]) / 1000
