"""Steps through a day second by second: requests are counted, not followed.

What decides over containers is the highest number in flight. The container that is free longest is
used only when all others are busy, so there are as many containers as were busy at once at most
within the last ``idle_s``; what a step needs above that are its cold starts. A limit that is reached
refuses what Erlang's formula says. For sudden changes within seconds the exact model is the one to ask.
"""

from __future__ import annotations

import math
from collections import deque

import msgspec
import numpy as np

from lab.simulate.peaks import Peaks, erlang_b
from lab.simulate.rate_limits import TokenBucket
from lab.simulate.rules import Rules
from lab.simulate.times import RequestTimes


class CohortStep(msgspec.Struct, frozen=True, kw_only=True):
    """Counts of one step: requests by what became of them, containers ``started``, there and busy at most.

    ``ready`` is the share of the requests that found a provisioned container.
    """

    arrivals: int
    cold: int
    started: int
    concurrency: int
    scaling: int
    rate: int
    containers: int
    busy: int
    ready: float


class Cohorts:
    """The containers of one function, as numbers."""

    def __init__(self, load: RequestTimes, rules: Rules, step_s: float, rng: np.random.Generator) -> None:
        self._rules = rules
        self._rng = rng
        self._step_s = step_s
        self._service_s = load.service.mean_ms / 1000
        self._start_s = rules.attach_s + load.init.mean_ms / 1000
        self._scaling = TokenBucket(rules.scaling, rules.scaling / rules.scaling_s)
        self._used = _Highest(max(1, round(rules.idle_s / step_s)))
        self._starting: deque[tuple[float, int]] = deque()
        self._peaks: dict[float, Peaks] = {}
        self._blocked: dict[tuple[float, int], float] = {}

    def step(self, at: float, rate: float, pinged: bool) -> CohortStep:
        """Go one step at ``rate`` requests a second; ``pinged`` says whether a keep-warm ping comes in it."""
        arrivals = int(self._rng.poisson(rate * self._step_s))
        allowed = min(rate, self._rules.most_a_second)
        begun = min(arrivals, math.ceil(self._rules.most_a_second * self._step_s))
        starting, met = self._still_starting(at), self._met_by_ping(allowed, pinged)
        highest = max(self._highest(allowed, begun), met.highest) + starting
        have = max(self._used.value, self._rules.provisioned)
        wanted = self._missing(allowed, have, starting, highest)
        wanted = min(wanted, begun + met.pings, max(0, self._rules.limit - have))
        started = min(wanted, int(self._scaling.left(at)))
        self._scaling.take(at, started)
        self._starting.append((at + self._start_s, started))
        there = have + started
        # only when all are busy a further one starts
        self._used.add(there if started else min(highest, there))
        cold = min(begun, max(0, started - met.pings, min(started, met.during)))
        return CohortStep(
            arrivals=arrivals,
            cold=cold,
            started=started,
            concurrency=min(begun - cold, round(begun * self._refused_share(allowed, starting))),
            scaling=self._unserved(allowed, there - starting, wanted - started, begun),
            rate=arrivals - begun,
            containers=there,
            busy=min(highest, there),
            ready=1 - self._erlang(allowed, self._rules.provisioned),
        )

    def _highest(self, rate: float, begun: int) -> int:
        """Return the most requests in flight during the step; none without a request, one at least with one."""
        if not begun:
            return 0
        if rate not in self._peaks:
            self._peaks[rate] = Peaks(rate, self._service_s, self._step_s)
        return max(1, self._peaks[rate].at(self._rng.random()))

    def _met_by_ping(self, rate: float, pinged: bool) -> _Met:
        """Return what a ping meets: requests in flight already, and those that arrive while it holds its containers."""
        if not pinged:
            return _Met()
        before = int(self._rng.poisson(rate * self._service_s))
        during = int(self._rng.poisson(rate * self._rules.ping_ms / 1000))
        return _Met(pings=self._rules.warm, during=during, highest=self._rules.warm + before + during)

    def _missing(self, rate: float, have: int, starting: int, highest: int) -> int:
        """Return the containers to start: the excess of a moment, and more when the mean itself passes what is there.

        Then every request that finds nothing free starts one, until the first of them are ready.
        """
        excess = rate * self._service_s - (have - starting)
        lasts = min(self._step_s, self._start_s + self._service_s) / self._service_s
        return max(0, min(highest, self._rules.limit) - have) + math.ceil(max(0.0, excess) * max(0.0, lasts - 1))

    def _refused_share(self, rate: float, starting: int) -> float:
        """Return the share Erlang's formula refuses; nothing far below the limit, of which starts hold a part."""
        mean, places = rate * self._service_s, max(0, self._rules.limit - starting)
        return 0.0 if mean + 6 * math.sqrt(mean) < places else self._erlang(rate, places)

    def _erlang(self, rate: float, places: int) -> float:
        if (rate, places) not in self._blocked:
            self._blocked[rate, places] = erlang_b(rate * self._service_s, places)
        return self._blocked[rate, places]

    def _unserved(self, rate: float, able: int, unstarted: int, begun: int) -> int:
        """Return the requests refused since containers could not be started fast enough."""
        if unstarted <= 0:
            return 0
        excess = max(0.0, rate * self._service_s - able) * self._step_s / self._service_s
        return min(begun, max(unstarted, round(excess)))

    def _still_starting(self, at: float) -> int:
        while self._starting and self._starting[0][0] <= at:
            self._starting.popleft()
        return sum(count for _, count in self._starting)


class _Met(msgspec.Struct, frozen=True, kw_only=True):
    pings: int = 0
    during: int = 0
    highest: int = 0


class _Highest:
    """The highest of the last so many values."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._added = 0
        # falling values with their numbers: a smaller one before a greater one can never be the highest again
        self._falling: deque[tuple[int, int]] = deque()

    @property
    def value(self) -> int:
        return self._falling[0][1] if self._falling else 0

    def add(self, value: int) -> None:
        while self._falling and self._falling[-1][1] <= value:
            self._falling.pop()
        self._falling.append((self._added, value))
        self._added += 1
        if self._falling[0][0] <= self._added - 1 - self._count:
            self._falling.popleft()
