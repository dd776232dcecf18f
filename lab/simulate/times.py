"""Durations of invocations and INIT: resampled measurements, or a lognormal distribution."""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec
import numpy as np

from lab.errors import SetupError
from lab.recorded_traffic import Sample
from lab.simulate.traffic import Floats


class Lognormal(msgspec.Struct, frozen=True, kw_only=True):
    """Half of the values are below ``median_ms``; with ``sigma`` 0 all are equal to it."""

    median_ms: float
    sigma: float = 0.0

    @property
    def mean_ms(self) -> float:
        """Return the mean."""
        return self.median_ms * math.exp(self.sigma**2 / 2)

    def draw(self, rng: np.random.Generator, count: int) -> Floats:
        """Return ``count`` values in milliseconds."""
        if not self.sigma:
            return np.full(count, self.median_ms)
        return self.median_ms * np.exp(self.sigma * rng.standard_normal(count))


class Measured(msgspec.Struct, frozen=True):
    """Measured values in milliseconds, each as likely as the others."""

    values: tuple[float, ...]

    @property
    def mean_ms(self) -> float:
        """Return the mean."""
        return sum(self.values) / len(self.values)

    @property
    def sigma(self) -> float:
        """Return the sigma of a lognormal distribution with as large a deviation beside its mean."""
        mean = self.mean_ms
        variance = sum((value - mean) ** 2 for value in self.values) / len(self.values)
        return math.sqrt(math.log1p(variance / mean**2)) if mean else 0.0

    def draw(self, rng: np.random.Generator, count: int) -> Floats:
        """Return ``count`` values in milliseconds."""
        return rng.choice(np.asarray(self.values), count)


Times = Lognormal | Measured


class RequestTimes(msgspec.Struct, frozen=True, kw_only=True):
    """How long a request takes: ``service`` in a warm container, ``init`` and then ``first`` in a new one."""

    service: Times
    init: Times
    first: Times


def measured_times(samples: Sequence[Sample]) -> RequestTimes:
    """Return the recorded times; raise SetupError unless there are both warm and cold requests."""
    answered = [sample for sample in samples if sample.status == 200]
    warm = tuple(sample.duration_ms for sample in answered if not sample.cold)
    cold = [sample for sample in answered if sample.cold and sample.init_ms is not None]
    if not warm or not cold:
        raise SetupError(f"--samples: expected warm and cold requests, received {len(warm)} and {len(cold)}")
    return RequestTimes(
        service=Measured(warm),
        init=Measured(tuple(sample.init_ms or 0.0 for sample in cold)),
        first=Measured(tuple(sample.duration_ms for sample in cold)),
    )
