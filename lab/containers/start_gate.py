"""Lets containers start without more of them computing at once than there are cores.

Lambda starts every container on capacity of its own. Here a burst shares this machine: what must take turns is the
CPU, not the waiting, so a container whose INIT sleeps or waits for the network makes room for the next one.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import Final

from lab.containers import procfs
from lab.containers.patience import Patience

# how much of a core must be free; starts that all compute take turns as if each had a core of its own
_FREE: Final = 0.5
# only several low samples make a start count as waiting: one between two imports does not
_SMOOTHING: Final = 0.5
# a start that demands less is measured at every tenth sample
_ASLEEP: Final = 0.05
_SELDOM: Final = 10


class StartGate:
    """Counts the demand of the starts inside, in cores, and admits the others in the order they came."""

    def __init__(
        self,
        cores: int,
        *,
        demand_s: Callable[[int], float | None] = procfs.demand_s,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._cores = cores
        self._demand_s = demand_s
        self._clock = clock
        self._lock = threading.Lock()
        self._inside: list[Start] = []
        self._queue: deque[Start] = deque()
        self._is_open = False
        self._samples = 0

    @contextlib.contextmanager
    def turn(self, pid: Callable[[], int], patience: Patience | None = None) -> Iterator[None]:
        """Wait for a turn and keep it until the start is over; ``pid`` returns its process, 0 before there is one.

        The caller's ``patience`` is suspended while it waits.
        """
        start = Start(pid)
        with patience.suspended() if patience else contextlib.nullcontext():
            with self._lock:
                self._queue.append(start)
                self._admit()
            start.admitted.wait()
        try:
            yield
        finally:
            with self._lock:
                self._inside.remove(start)
                self._admit()

    @property
    def waiting(self) -> int:
        """Return how many starts wait for their turn."""
        return len(self._queue)

    def sample(self) -> None:
        """Measure the demand of the starts inside while others wait; to be called every few milliseconds."""
        now = self._clock()
        with self._lock:
            if not self._queue:
                return
            self._samples += 1
            for start in self._inside:
                # there may be hundreds that sleep
                if start.cores > _ASLEEP or self._samples % _SELDOM == 0:
                    start.sample(now, self._demand_s)
            self._admit()

    def open(self) -> None:
        """Admit everybody from now on: the fleet closes."""
        with self._lock:
            self._is_open = True
            self._admit()

    def _admit(self) -> None:
        while self._queue and (self._is_open or self._demand() <= self._cores - _FREE):
            start = self._queue.popleft()
            self._inside.append(start)
            start.admitted.set()

    def _demand(self) -> float:
        return sum(start.cores for start in self._inside)


class Start:
    """The demand of one start in cores, a whole one until it is known."""

    def __init__(self, pid: Callable[[], int]) -> None:
        self._pid = pid
        self._last: tuple[int, float, float] | None = None
        self.cores = 1.0
        self.admitted = threading.Event()

    def sample(self, now: float, demand_s: Callable[[int], float | None]) -> None:
        """Take into account what the process demanded since the last sample."""
        pid = self._pid()
        used = demand_s(pid) if pid else None
        if used is None:
            return
        last, self._last = self._last, (pid, now, used)
        if last and last[0] == pid and now > last[1]:
            # threads that ended take their share with them
            measured = max(0.0, used - last[2]) / (now - last[1])
            self.cores += _SMOOTHING * (measured - self.cores)
