"""How much time a request has left, and what it spent time on.

The clock is an argument, so that tests and the Lambda context can supply it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import msgspec

from app.core.errors import DeadlineExceeded

Clock = Callable[[], float]


class Deadline(msgspec.Struct, frozen=True):
    """A point in time on a monotonic clock; nobody waits for ``deferred`` work.

    ``full_s`` is how many seconds a fresh attempt at the same work would get: with less left, work that does not fit
    now may fit then.
    """

    at: float
    clock: Clock
    full_s: float = 0.0
    deferred: bool = False

    @classmethod
    def after(
        cls, seconds: float, clock: Clock = time.monotonic, *, full_s: float = 0.0, deferred: bool = False
    ) -> Deadline:
        """Return the deadline ``seconds`` from now."""
        return cls(clock() + seconds, clock, max(seconds, full_s), deferred)

    def remaining(self) -> float:
        """Return the seconds left, never below zero."""
        return max(0.0, self.at - self.clock())

    def check(self, stage: str) -> None:
        """Raise DeadlineExceeded, naming the stage that was about to start."""
        if self.remaining() <= 0.0:
            raise DeadlineExceeded(f"the deadline passed before the stage '{stage}' could start")


class Stopwatch:
    """Seconds spent in each named stage of one request; a stage that runs again adds up."""

    def __init__(self, clock: Clock = time.perf_counter) -> None:
        self._clock = clock
        self._started = clock()
        self._seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time the block under ``name``, even if it raises."""
        begun = self._clock()
        try:
            yield
        finally:
            self._seconds[name] = self._seconds.get(name, 0.0) + self._clock() - begun

    def seconds(self) -> Mapping[str, float]:
        """Return the seconds of each stage, in the order of their first run, then ``total``."""
        return {**self._seconds, "total": self._clock() - self._started}
