"""How many requests are in flight at most during a step, when arrivals are a Poisson process."""

from __future__ import annotations

import math

import numpy as np

from lab.simulate.traffic import Floats


class Peaks:
    """The distribution of the highest of an M/G/infinity queue within ``step_s``, at one rate.

    The number in flight is Poisson with mean rate x service, whatever the service times' shape. Level u is
    passed at rate x P(u); of such passings 1 - mean / (u + 1) are not soon followed by their own
    like (Poisson clumping: D. Aldous, 1989), so that P(highest <= u) = F(u) exp(-rate step P(u) clump).
    """

    def __init__(self, rate: float, service_s: float, step_s: float) -> None:
        mean = rate * service_s
        spread = 8 * math.sqrt(mean) + 12
        levels = np.arange(max(0, math.floor(mean - spread)), math.ceil(mean + spread) + 1, dtype=np.float64)
        chances = poisson(levels, mean)
        # near the mean the level is passed all the time; the clump then lasts about sqrt(mean) passings
        apart = np.maximum(1 - mean / (levels + 1), 1 / np.sqrt(mean + 1))
        below = np.cumsum(chances) * np.exp(-rate * step_s * chances * apart)
        # below its mode this is no distribution: there it cannot rise and fall again
        self._below = np.minimum.accumulate(below[::-1])[::-1]
        self._first = int(levels[0])

    def at(self, chance: float) -> int:
        """Return the highest number in flight, for a chance drawn evenly from 0..1."""
        return self._first + int(np.searchsorted(self._below, min(chance, float(self._below[-1]))))


def poisson(levels: Floats, mean: float) -> Floats:
    """Return the chances of consecutive whole ``levels`` under a Poisson distribution."""
    if mean == 0:
        return np.where(levels == 0, 1.0, 0.0)
    first = math.lgamma(levels[0] + 1)
    logs = first + np.concatenate([[0.0], np.cumsum(np.log(levels[1:]))])
    chances: Floats = np.exp(levels * math.log(mean) - mean - logs)
    return chances


def erlang_b(mean: float, places: int) -> float:
    """Return the share of requests that find all ``places`` taken, when ``mean`` would be in flight without a limit.

    A. K. Erlang, 1917; by recursion over the places. It holds for any distribution of service times.
    """
    blocked = 1.0
    for place in range(1, places + 1):
        blocked = mean * blocked / (place + mean * blocked)
    return blocked
