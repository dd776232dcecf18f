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

from lab.account.token_bucket import TokenBucket
from lab.simulate.peaks import Peaks, erlang_b
from lab.simulate.rules import Rules
from lab.simulate.times import RequestTimes

_DRAWN = 4096
_MIN_STEP_S = 1.0
# steps must be longer than an invocation, or the peak of one would be that of the next
_INVOCATIONS_PER_STEP = 4.0


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


def least_step_s(times: RequestTimes) -> float:
    """Return how long a step has to be, in seconds."""
    return max(_MIN_STEP_S, _INVOCATIONS_PER_STEP * times.service.mean_ms / 1000)


class Cohorts:
    """The containers of one function, as numbers."""

    def __init__(self, times: RequestTimes, rules: Rules, step_s: float, rng: np.random.Generator) -> None:
        self._rules = rules
        self._rng = rng
        self._step_s = step_s
        self._service_s = times.service.mean_ms / 1000
        self._burst_s = _burst_s(times, rules, rng)
        self._scaling = TokenBucket(rules.scaling, rules.scaling / rules.scaling_s)
        self._recently_used = _SlidingMaximum(max(1, round(rules.idle_s / step_s)))
        self._starting: deque[tuple[float, int]] = deque()
        self._peaks = (0.0, Peaks(0.0, self._service_s, step_s))
        self._blocked: dict[tuple[float, int], float] = {}

    def step(self, at: float, rate: float, pinged: bool) -> CohortStep:
        """Advance one step at ``rate`` requests a second; ``pinged`` says whether a keep-warm ping falls into it."""
        while self._starting and self._starting[0][0] <= at:
            self._starting.popleft()
        arrivals = int(self._rng.poisson(rate * self._step_s))
        allowed = min(rate, self._rules.max_rate)
        admitted = min(arrivals, math.ceil(self._rules.max_rate * self._step_s))
        ping, starting = self._ping(allowed, admitted, pinged), self._still_starting(at)
        longer = self._still_starting(at + self._step_s)
        peak = max(self._peak(allowed, admitted), ping.peak) + longer
        have = max(self._recently_used.value, self._rules.provisioned)
        needed = max(min(peak, self._rules.limit) - have, self._burst(at, allowed, have - starting, starting))
        needed = min(needed, admitted + ping.pings, max(0, self._rules.limit - have))
        started = min(needed, int(self._scaling.left(at)))
        self._scaling.take(at, started)
        if started:
            self._starting.append((at + self._burst_s, started))
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
            busy=containers if started else min(max(peak, starting), containers),
            ready=1 - self._erlang(allowed, self._rules.provisioned),
        )

    def _peak(self, rate: float, admitted: int) -> int:
        """Return the peak number of requests in flight during the step: 0 without a request, else at least 1."""
        if not admitted:
            return 0
        # steps of one rate follow each other: a cache of every rate of a month would take gigabytes
        if rate != self._peaks[0]:
            self._peaks = (rate, Peaks(rate, self._service_s, self._step_s))
        return max(1, self._peaks[1].at(self._rng.random()))

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

    def _burst(self, at: float, rate: float, free: int, starting: int) -> int:
        """Return the containers that start because even the mean number of requests exceeds the ``free`` ones.

        Then every request that finds none of them starts one, until enough of those are ready.
        """
        lasts = self._starting[0][0] - at if self._starting else self._burst_s
        burst = max(0.0, rate * self._service_s - free) * min(lasts, self._step_s) / self._service_s
        if burst and lasts <= self._step_s:
            # the peak of those that are about to be ready: their number is Poisson's
            burst += math.sqrt(burst + starting)
        return math.ceil(burst)

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
        return sum(count for ready, count in self._starting if ready > at)


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


def _burst_s(times: RequestTimes, rules: Rules, rng: np.random.Generator) -> float:
    """Return for how long a burst starts a container for each request; it does not depend on the rate.

    It lasts until enough containers are past their first invocation, of which the fastest are ready long before the
    mean one. They become free as the cold starts end, X seconds after a request, and again after each invocation: with
    F the distribution of X, a share F(t) + F(t - service) + F(t - 2 service) + ... of the requests finds one. The sum
    is about F(t) / 2 + E[max(0, t - X)] / service. The integral of what the share lacks to 1 is the time.
    """
    service_s = times.service.mean_ms / 1000
    ends_s = np.sort(rules.attach_s + (times.init.draw(rng, _DRAWN) + times.first.draw(rng, _DRAWN)) / 1000)
    until_s = float(ends_s[-1]) + service_s
    moments = np.linspace(0.0, until_s, _DRAWN)
    ended = np.searchsorted(ends_s, moments, side="right")
    ended_for = ended * moments - np.concatenate([[0.0], np.cumsum(ends_s)])[ended]
    found = (ended / 2 + ended_for / service_s) / _DRAWN
    return until_s * float(np.maximum(0.0, 1.0 - found).mean())
