"""When requests arrive: a Poisson process whose rate is piecewise constant."""

from __future__ import annotations

import math

import msgspec
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_PIECES_A_CYCLE = 1440
# as many take half a gigabyte
_MAX_PIECES = 3e6
DAY_S = 86_400.0


class Traffic(msgspec.Struct, frozen=True, kw_only=True):
    """``rates[i]`` requests a second from ``edges[i]`` to ``edges[i + 1]`` seconds; ``cycle_s`` if they come again."""

    edges: tuple[float, ...]
    rates: tuple[float, ...]
    cycle_s: float = 0.0

    @property
    def seconds(self) -> float:
        """Return the length of the traffic."""
        return self.edges[-1]

    def expected(self) -> float:
        """Return the mean number of requests."""
        return float(np.dot(np.diff(self.edges), self.rates))

    def rate_at(self, times: Floats) -> Floats:
        """Return the requests a second at each time."""
        pieces = np.searchsorted(self.edges, times, side="right") - 1
        return np.asarray(self.rates)[np.clip(pieces, 0, len(self.rates) - 1)]

    def draw(self, rng: np.random.Generator) -> Floats:
        """Return arrival times in order."""
        widths = np.diff(self.edges)
        counts = rng.poisson(widths * np.asarray(self.rates))
        begins = np.repeat(np.asarray(self.edges[:-1]), counts)
        arrivals = begins + np.repeat(widths, counts) * rng.random(int(counts.sum()))
        arrivals.sort()
        return arrivals


def constant(rate: float, seconds: float) -> Traffic:
    """Return traffic at one rate."""
    return Traffic(edges=(0.0, seconds), rates=(rate,))


def diurnal(rate: float, seconds: float, *, swing: float = 0.8, period: float = DAY_S) -> Traffic:
    """Return a cosine around the mean ``rate`` that starts at its minimum; ``swing`` (0..1) is its relative height."""
    count = max(1, math.ceil(_PIECES_A_CYCLE * seconds / period))
    edges = np.linspace(0.0, seconds, count + 1)
    middles = (edges[:-1] + edges[1:]) / 2
    rates = rate * (1 - swing * np.cos(2 * math.pi * middles / period))
    return Traffic(edges=tuple(edges.tolist()), rates=tuple(rates.tolist()), cycle_s=period)


def least_period(seconds: float) -> int:
    """Return the shortest period, in whole seconds, at which a diurnal run has no more pieces than fit into memory."""
    return math.ceil(_PIECES_A_CYCLE * seconds / _MAX_PIECES)


def spike(rate: float, seconds: float, *, base: float, at: float, lasts: float) -> Traffic:
    """Return ``base`` requests a second, but ``rate`` from second ``at`` on, for ``lasts`` seconds."""
    edges = [0.0, min(at, seconds), min(at + lasts, seconds), seconds]
    pieces = [(begin, end, each) for begin, end, each in zip(edges, edges[1:], (base, rate, base), strict=False)]
    kept = [piece for piece in pieces if piece[1] > piece[0]]
    return Traffic(edges=(0.0, *(end for _, end, _ in kept)), rates=tuple(each for _, _, each in kept))
