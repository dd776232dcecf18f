"""Sparse traffic at its true scale, simulated: the lab shortens the time between requests, but not a cold start."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from lab.recorded_traffic import Sample
from lab.simulate import exact_model
from lab.simulate.rules import Rules
from lab.simulate.times import RequestTimes, measured_times
from lab.simulate.traffic import constant

# long enough for some ten thousand requests
SECONDS: Final = 4 * 86_400.0


def cold_shares(
    samples: Sequence[Sample], rates: Mapping[str, float], *, idle_s: float, seeds: Sequence[int]
) -> list[float]:
    """Return the share of cold requests in percent for each seed, with the times that the samples have.

    ``rates`` are the requests a second of each function; idle containers end after ``idle_s``.
    """
    times, rules = measured_times(samples), Rules(idle_s=idle_s)
    return [_cold_share(times, rules, rates, seed) for seed in seeds]


def _cold_share(times: RequestTimes, rules: Rules, rates: Mapping[str, float], seed: int) -> float:
    results = list(_results(times, rules, rates, seed))
    return 100 * sum(cold for cold, _ in results) / sum(served for _, served in results)


def _results(times: RequestTimes, rules: Rules, rates: Mapping[str, float], seed: int) -> Iterator[tuple[int, int]]:
    for number, rate in enumerate(rates.values()):
        # functions that had the same seed would get their requests at the same moments
        found = exact_model.simulate(constant(rate, SECONDS), times, rules, seed=1000 * seed + number)
        yield found.cold, found.served
