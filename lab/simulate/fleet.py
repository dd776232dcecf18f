"""The containers of an account, one event at a time.

A request finds a free container or starts one; whoever is free longest ends first. Containers have
no names here: free ones are a queue of the times they became free, busy ones a heap of the times
they will. That is all reuse and reaping need, and it is what makes 50,000 requests a second bearable.
"""

from __future__ import annotations

from collections import Counter, deque
from enum import IntEnum
from heapq import heappop, heappush
from math import inf

import msgspec
import numpy as np
from numpy.typing import NDArray

from lab.simulate.rate_limits import InitSlots, TokenBucket
from lab.simulate.rules import Rules
from lab.simulate.traffic import Floats

_READY_POOL = 0


class Fate(IntEnum):
    """What became of a request."""

    WARM = 0
    READY = 1
    COLD = 2
    CONCURRENCY = 3
    SCALING = 4
    RATE = 5


class Requests:
    """Requests in order of arrival, as arrays of seconds; ``fate`` and ``waited`` are filled in.

    ``serve`` is the time in a container that has served, ``start`` and ``first`` that of a new one,
    ``pool`` the function, counted from 1; ``waited`` is what passed before the handler ran.
    """

    def __init__(self, at: Floats, serve: Floats, start: Floats, first: Floats, pool: NDArray[np.int64]) -> None:
        self.at = at
        self.serve = serve
        self.start = start
        self.first = first
        self.pool = pool
        self.fate = np.zeros(len(at), dtype=np.uint8)
        self.waited = np.zeros(len(at))

    def latency(self) -> Floats:
        """Return the seconds from arrival to answer; meaningless for refused ones."""
        return self.waited + np.where(self.fate == Fate.COLD, self.first, self.serve)


class FleetSize(msgspec.Struct, frozen=True):
    """Containers there are, and those of them that are busy."""

    containers: int
    busy: int


class SimulatedFleet:
    """Plays requests by the rules; one provisioned pool, for the first function, and one pool for each function."""

    def __init__(self, rules: Rules, functions: int = 1) -> None:
        self._rules = rules
        self._busy: list[tuple[float, int]] = []
        self._free = [deque([0.0] * rules.provisioned), *(deque[float]() for _ in range(functions))]
        self._rate = TokenBucket(rules.most_a_second, rules.most_a_second)
        self._scaling = [TokenBucket(rules.scaling, rules.scaling / rules.scaling_s) for _ in range(functions + 1)]
        self._starters = InitSlots(rules.starters)
        self.started: Counter[int] = Counter()
        self.most_containers = rules.provisioned
        self.most_busy = 0

    def play(self, requests: Requests, begin: int, end: int) -> None:
        """Decide the fate of requests ``begin`` to ``end``, which must follow those played before."""
        busy, free, ready = self._busy, self._free, self._free[_READY_POOL]
        limit, idle_s = self._rules.limit, self._rules.idle_s
        newest = self._rules.reuse == "most_recent"
        within_rate, fates = self._rate.take, requests.fate
        rows = zip(
            *(column[begin:end].tolist() for column in (requests.at, requests.serve, requests.pool)), strict=True
        )
        for index, (at, serve, own) in enumerate(rows, begin):
            while busy and busy[0][0] <= at:
                ended, pool = heappop(busy)
                free[pool].append(ended)
            if not within_rate(at):
                fates[index] = Fate.RATE
                continue
            if len(busy) >= limit:
                fates[index] = Fate.CONCURRENCY
                continue
            mine = free[own]
            while mine and at - mine[0] > idle_s:
                mine.popleft()
            if ready and own == 1:
                ready.pop()
                fates[index] = Fate.READY
                heappush(busy, (at + serve, _READY_POOL))
            elif mine:
                mine.pop() if newest else mine.popleft()
                heappush(busy, (at + serve, own))
            else:
                self._start(requests, index, at, own)
            self.most_busy = max(self.most_busy, len(busy))

    def state(self, at: float) -> FleetSize:
        """Return what there is at a time not before the last request played."""
        self._settle(at)
        return FleetSize(len(self._busy) + sum(map(len, self._free)), len(self._busy))

    def _start(self, requests: Requests, index: int, at: float, own: int) -> None:
        if not self._scaling[own].take(at):
            requests.fate[index] = Fate.SCALING
            return
        takes = float(requests.start[index])
        served_from = self._starters.begin(at, takes) + takes
        requests.fate[index] = Fate.COLD
        requests.waited[index] = served_from - at
        heappush(self._busy, (served_from + float(requests.first[index]), own))
        self.started[own] += 1
        self.most_containers = max(self.most_containers, self.state(at).containers)

    def _settle(self, at: float) -> None:
        while self._busy and self._busy[0][0] <= at:
            ended, pool = heappop(self._busy)
            self._free[pool].append(ended)
        for pool, free in enumerate(self._free):
            idle_s = self._rules.idle_s if pool != _READY_POOL else inf
            while free and at - free[0] > idle_s:
                free.popleft()
