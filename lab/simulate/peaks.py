"""The peak number of requests in flight during a step, when arrivals are a Poisson process."""

from __future__ import annotations

import math

import numpy as np

from lab.simulate.traffic import Floats


class Peaks:
    """The distribution of the peak of an M/G/infinity queue within ``step_s``, at one rate.

    The number in flight is Poisson with mean rate x service, whatever the distribution of service times. It
    crosses level u at rate x P(u); a share 1 - mean / (u + 1) of the crossings starts a new clump
    (Poisson clumping: D. Aldous, 1989), so that P(peak <= u) = F(u) exp(-rate step P(u) share).
    """

    def __init__(self, rate: float, service_s: float, step_s: float) -> None:
        mean = rate * service_s
        spread = 8 * math.sqrt(mean) + 12
        levels = np.arange(max(0, math.floor(mean - spread)), math.ceil(mean + spread) + 1, dtype=np.float64)
        chances = poisson(levels, mean)
        # near the mean the level is crossed all the time; a clump then lasts about sqrt(mean) crossings
        share = np.maximum(1 - mean / (levels + 1), 1 / np.sqrt(mean + 1))
        below = np.cumsum(chances) * np.exp(-rate * step_s * chances * share)
        # the approximation is not monotonic below the mode; a distribution function must be
        self._below = np.minimum.accumulate(below[::-1])[::-1]
        self._first = int(levels[0])

    def at(self, chance: float) -> int:
        """Return the peak for a ``chance`` drawn uniformly from 0..1."""
        return self._first + int(np.searchsorted(self._below, min(chance, float(self._below[-1]))))


def poisson(levels: Floats, mean: float) -> Floats:
    """Return the probabilities of consecutive whole ``levels`` under a Poisson distribution."""
    if mean == 0:
        return np.where(levels == 0, 1.0, 0.0)
    first = math.lgamma(levels[0] + 1)
    logs = first + np.concatenate([[0.0], np.cumsum(np.log(levels[1:]))])
    chances: Floats = np.exp(levels * math.log(mean) - mean - logs)
    return chances


def erlang_b(mean: float, servers: int) -> float:
    """Return the share of requests that find all ``servers`` busy, when ``mean`` would be in flight without a limit.

    A. K. Erlang, 1917; by recursion over the servers. It holds for any distribution of service times.
    """
    blocked = 1.0
    for busy in range(1, servers + 1):
        blocked = mean * blocked / (busy + mean * blocked)
        if not blocked:
            # too small for a float: with more servers it stays 0
            break
    return blocked
