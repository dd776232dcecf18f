"""The containers of an account in the exact model, one request at a time.

A request takes an idle container or starts one; the one idle longest ends first. Containers have no identity here:
idle ones are a queue of the times they became idle, busy ones a heap of the times they will. Reuse and ending need
no more, and that is why 50,000 requests a second are affordable.
"""

from __future__ import annotations

from collections import Counter, deque
from enum import IntEnum
from heapq import heappop, heappush, heapreplace
from math import inf

import msgspec
import numpy as np
from numpy.typing import NDArray

from lab.account.token_bucket import TokenBucket
from lab.simulate.rules import Rules
from lab.simulate.traffic import Floats

_PROVISIONED_POOL = 0


class RequestOutcome(IntEnum):
    """The outcome of a request."""

    WARM = 0
    READY = 1
    COLD = 2
    CONCURRENCY = 3
    SCALING = 4
    RATE = 5


class Requests:
    """Requests in order of arrival, as arrays of seconds; ``outcome`` and ``waited`` are filled in.

    ``serve`` is the time in a warm container, ``start`` and ``first`` those of a new one, ``function``
    its number from 1; ``waited`` is the time before the handler ran.
    """

    def __init__(self, at: Floats, serve: Floats, start: Floats, first: Floats, function: NDArray[np.int64]) -> None:
        self.at = at
        self.serve = serve
        self.start = start
        self.first = first
        self.function = function
        self.outcome = np.zeros(len(at), dtype=np.uint8)
        self.waited = np.zeros(len(at))

    def latency(self) -> Floats:
        """Return the seconds from arrival to answer; meaningless for refused requests."""
        return self.waited + np.where(self.outcome == RequestOutcome.COLD, self.first, self.serve)


class FleetSize(msgspec.Struct, frozen=True):
    """The number of containers, and how many of them are busy."""

    containers: int
    busy: int


class SimulatedFleet:
    """Applies the rules to requests; the first function has a provisioned pool too, every function one of its own."""

    def __init__(self, rules: Rules, functions: int = 1) -> None:
        self._rules = rules
        self._busy: list[tuple[float, int]] = []
        self._idle = [deque([0.0] * rules.provisioned), *(deque[float]() for _ in range(functions))]
        self._rate = TokenBucket(rules.max_rate, rules.max_rate)
        self._scaling = [TokenBucket(rules.scaling, rules.scaling / rules.scaling_s) for _ in range(functions + 1)]
        self._init_slots = _InitSlots(rules.starters)
        self.started: Counter[int] = Counter()
        self.max_containers = rules.provisioned
        self.max_busy = 0

    def play(self, requests: Requests, begin: int, end: int) -> None:
        """Decide the outcome of requests ``begin`` to ``end``, which must come after those played before."""
        busy, idle, provisioned = self._busy, self._idle, self._idle[_PROVISIONED_POOL]
        limit, idle_s = self._rules.limit, self._rules.idle_s
        newest = self._rules.reuse == "most_recent"
        within_rate, outcomes = self._rate.take, requests.outcome
        rows = zip(
            *(column[begin:end].tolist() for column in (requests.at, requests.serve, requests.function)), strict=True
        )
        for index, (at, serve, own) in enumerate(rows, begin):
            while busy and busy[0][0] <= at:
                ended, pool = heappop(busy)
                idle[pool].append(ended)
            if not within_rate(at):
                outcomes[index] = RequestOutcome.RATE
                continue
            if len(busy) >= limit:
                outcomes[index] = RequestOutcome.CONCURRENCY
                continue
            mine = idle[own]
            while mine and at - mine[0] > idle_s:
                mine.popleft()
            if provisioned and own == 1:
                provisioned.pop()
                outcomes[index] = RequestOutcome.READY
                heappush(busy, (at + serve, _PROVISIONED_POOL))
            elif mine:
                mine.pop() if newest else mine.popleft()
                heappush(busy, (at + serve, own))
            else:
                self._start(requests, index, at, own)
            self.max_busy = max(self.max_busy, len(busy))

    def size(self, at: float) -> FleetSize:
        """Return the fleet's size at a time that is not before the last request played."""
        self._release(at)
        return FleetSize(len(self._busy) + sum(map(len, self._idle)), len(self._busy))

    def _start(self, requests: Requests, index: int, at: float, own: int) -> None:
        if not self._scaling[own].take(at):
            requests.outcome[index] = RequestOutcome.SCALING
            return
        takes = float(requests.start[index])
        served_from = self._init_slots.begin(at, takes) + takes
        requests.outcome[index] = RequestOutcome.COLD
        requests.waited[index] = served_from - at
        heappush(self._busy, (served_from + float(requests.first[index]), own))
        self.started[own] += 1
        self.max_containers = max(self.max_containers, self.size(at).containers)

    def _release(self, at: float) -> None:
        while self._busy and self._busy[0][0] <= at:
            ended, pool = heappop(self._busy)
            self._idle[pool].append(ended)
        for pool, idle in enumerate(self._idle):
            idle_s = self._rules.idle_s if pool != _PROVISIONED_POOL else inf
            while idle and at - idle[0] > idle_s:
                idle.popleft()


class _InitSlots:
    """Lets ``count`` containers initialize at once, the others in the order they asked; 0 means any number."""

    def __init__(self, count: int) -> None:
        self._free_at = [0.0] * count

    def begin(self, at: float, takes: float) -> float:
        """Return when an initialization that is requested at ``at`` begins."""
        if not self._free_at:
            return at
        begins = max(at, self._free_at[0])
        heapreplace(self._free_at, begins + takes)
        return begins
