"""How long things take: measured values drawn again, or a lognormal distribution."""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec
import numpy as np

from lab.errors import SetupError
from lab.experiments.support.load import Sample
from lab.simulate.traffic import Floats


class Lognormal(msgspec.Struct, frozen=True, kw_only=True):
    """Half of the values are below ``median_ms``; ``sigma`` 0 makes all of them equal."""

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
    """Values in milliseconds that were measured; each is as likely as the other."""

    values: tuple[float, ...]

    @property
    def mean_ms(self) -> float:
        """Return the mean."""
        return sum(self.values) / len(self.values)

    def draw(self, rng: np.random.Generator, count: int) -> Floats:
        """Return ``count`` values in milliseconds."""
        return rng.choice(np.asarray(self.values), count)


Times = Lognormal | Measured


class RequestTimes(msgspec.Struct, frozen=True, kw_only=True):
    """What a request takes: ``service`` in a container that has served, ``first`` in a new one after its ``init``."""

    service: Times
    init: Times
    first: Times


def load_of(samples: Sequence[Sample]) -> RequestTimes:
    """Return the times a record holds; raise SetupError when there is no warm or no cold request in it."""
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
