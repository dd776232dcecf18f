"""The cohort model: requests are counted second by second, not followed.

What decides is the peak number of requests in flight. The container that has been idle longest is used only when
all others are busy, so there are as many containers as were busy at once within the last ``idle_s``; what a step
needs beyond that are its cold starts. A limit that is reached refuses the share that Erlang's formula gives.
For changes within seconds, use the exact model.
"""

from __future__ import annotations

import math
from collections import deque

import msgspec
import numpy as np

from lab.accounts.token_bucket import TokenBucket
from lab.simulate.peaks import Peaks, erlang_b
from lab.simulate.rules import Rules
from lab.simulate.times import RequestTimes


class CohortStep(msgspec.Struct, frozen=True, kw_only=True):
    """The counts of one step: requests by outcome, containers started, alive and at most busy.

    ``concurrency``, ``scaling`` and ``rate`` are requests refused for that reason; ``ready`` is the share of the
    requests that found a provisioned container.
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
        self._recently_used = _SlidingMaximum(max(1, round(rules.idle_s / step_s)))
        self._starting: deque[tuple[float, int]] = deque()
        self._peaks: dict[float, Peaks] = {}
        self._blocked: dict[tuple[float, int], float] = {}

    def step(self, at: float, rate: float, pinged: bool) -> CohortStep:
        """Advance one step at ``rate`` requests a second; ``pinged`` says whether a keep-warm ping falls into it."""
        arrivals = int(self._rng.poisson(rate * self._step_s))
        allowed = min(rate, self._rules.max_rate)
        admitted = min(arrivals, math.ceil(self._rules.max_rate * self._step_s))
        starting, ping = self._still_starting(at), self._ping(allowed, admitted, pinged)
        peak = max(self._peak(allowed, admitted), ping.peak) + starting
        have = max(self._recently_used.value, self._rules.provisioned)
        needed = self._missing(allowed, have, starting, peak)
        needed = min(needed, admitted + ping.pings, max(0, self._rules.limit - have))
        started = min(needed, int(self._scaling.left(at)))
        self._scaling.take(at, started)
        self._starting.append((at + self._start_s, started))
        containers = have + started
        # another one starts only when all are busy
        self._recently_used.add(containers if started else min(peak, containers))
        cold = min(admitted, max(0, started - ping.pings, min(started, ping.during)))
        return CohortStep(
            arrivals=arrivals,
            cold=cold,
            started=started,
            concurrency=min(admitted - cold, round(admitted * self._refused_share(allowed, starting))),
            scaling=self._unserved(allowed, containers - starting, needed - started, admitted),
            rate=arrivals - admitted,
            containers=containers,
            busy=min(peak, containers),
            ready=1 - self._erlang(allowed, self._rules.provisioned),
        )

    def _peak(self, rate: float, admitted: int) -> int:
        """Return the peak number of requests in flight during the step: 0 without a request, else at least 1."""
        if not admitted:
            return 0
        if rate not in self._peaks:
            self._peaks[rate] = Peaks(rate, self._service_s, self._step_s)
        return max(1, self._peaks[rate].at(self._rng.random()))

    def _ping(self, rate: float, admitted: int, pinged: bool) -> _Ping:
        """Return a ping with the requests already in flight, and those that arrive while it holds its containers."""
        if not pinged:
            return _Ping()
        before = int(self._rng.poisson(rate * self._service_s))
        held_s = self._rules.held_ms / 1000
        # those of this step are among the admitted ones: drawn apart, a step without requests would hide them
        during = int(self._rng.binomial(admitted, min(1.0, held_s / self._step_s)))
        during += int(self._rng.poisson(rate * max(0.0, held_s - self._step_s)))
        return _Ping(pings=self._rules.warm, during=during, peak=self._rules.warm + before + during)

    def _missing(self, rate: float, have: int, starting: int, peak: int) -> int:
        """Return the containers to start: the peak's excess, and more when even the mean exceeds what there is.

        Then every request that finds no idle container starts one, until the first of them are ready.
        """
        excess = rate * self._service_s - (have - starting)
        lasts = min(self._step_s, self._start_s + self._service_s) / self._service_s
        return max(0, min(peak, self._rules.limit) - have) + math.ceil(max(0.0, excess) * max(0.0, lasts - 1))

    def _refused_share(self, rate: float, starting: int) -> float:
        """Return the share Erlang's formula refuses: 0 far below the limit, of which starting containers use a part."""
        mean, available = rate * self._service_s, max(0, self._rules.limit - starting)
        return 0.0 if mean + 6 * math.sqrt(mean) < available else self._erlang(rate, available)

    def _erlang(self, rate: float, available: int) -> float:
        if (rate, available) not in self._blocked:
            self._blocked[rate, available] = erlang_b(rate * self._service_s, available)
        return self._blocked[rate, available]

    def _unserved(self, rate: float, able: int, unstarted: int, admitted: int) -> int:
        """Return the requests refused because containers could not be started fast enough."""
        if unstarted <= 0:
            return 0
        excess = max(0.0, rate * self._service_s - able) * self._step_s / self._service_s
        return min(admitted, max(unstarted, round(excess)))

    def _still_starting(self, at: float) -> int:
        while self._starting and self._starting[0][0] <= at:
            self._starting.popleft()
        return sum(count for _, count in self._starting)


class _Ping(msgspec.Struct, frozen=True, kw_only=True):
    pings: int = 0
    during: int = 0
    peak: int = 0


class _SlidingMaximum:
    """The maximum of the last ``count`` values."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._added = 0
        # decreasing values with their numbers: a smaller one before a greater one can never be the maximum again
        self._decreasing: deque[tuple[int, int]] = deque()

    @property
    def value(self) -> int:
        return self._decreasing[0][1] if self._decreasing else 0

    def add(self, value: int) -> None:
        while self._decreasing and self._decreasing[-1][1] <= value:
            self._decreasing.pop()
        self._decreasing.append((self._added, value))
        self._added += 1
        if self._decreasing[0][0] <= self._added - 1 - self._count:
            self._decreasing.popleft()
