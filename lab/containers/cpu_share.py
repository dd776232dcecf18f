"""Holds processes to their share of a CPU by stopping and continuing them.

Lambda gives CPU in proportion to memory: https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
The kernel's own quotas (cgroups) need rights that a user seldom has. This does what they do: a process may use its
share of each period, is stopped when it has used that, and goes on in the next period; what it does not use is lost.
See https://docs.kernel.org/scheduler/sched-bwc.html. Where the kernel has no CPU clock per process (macOS) nothing is
stopped, and what a process starts is not counted.

The clock of a running process is as old as the kernel's last tick, some 4 ms, so a stop may come that much too late.
The next periods pay for it.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from typing import Final, Protocol

from lab.containers import procfs
from measurement.machine import cores

PERIOD_S: Final = 0.02
_CORES: Final = cores()
_COARSE: Final = getattr(time, "CLOCK_MONOTONIC_COARSE", None)
TICK_S: Final = 0.004 if _COARSE is None else time.clock_getres(_COARSE)
# looking more often would cost more CPU than it is exact
_LEAST_WAIT_S: Final = 0.0005


class Stoppable(Protocol):
    """A process that can be stopped where it is."""

    @property
    def pid(self) -> int: ...
    def pause(self) -> None: ...
    def resume(self) -> None: ...


class CpuBudget:
    """What a process may still use in this period, ``left``, in CPU seconds; negative is a debt to the next ones.

    ``used`` is the process's clock, ``now`` ours. Periods go on while nobody looks, also between invocations.
    """

    def __init__(self, share: float, *, used: float, now: float) -> None:
        self._quota = share * PERIOD_S
        self._ends = now + PERIOD_S
        self._used = used
        self._late = 0.0
        self.left = self._quota
        self.is_stopped = False

    def skip(self, used: float) -> None:
        """Count nothing of what was used since the last time."""
        self._used = used
        self._late = 0.0

    def update(self, used: float, now: float) -> None:
        """Take into account what was used since the last time, and the periods that have begun since."""
        spent = max(0.0, used - self._used)
        self._used += spent
        # a clock that is a tick late shows in this period what was used in the last one, which had that left
        late = min(spent, self._late)
        self._late -= late
        self.left -= spent - late
        if now >= self._ends:
            # only now, after the use: a period that is over has to pay for what was used in it
            begun = 1 + math.floor((now - self._ends) / PERIOD_S)
            last = min(self._quota, self.left + (begun - 1) * self._quota)
            self._late = min(TICK_S, max(0.0, last))
            self.left = min(self._quota, last + self._quota)
            self._ends += begun * PERIOD_S
        elif now >= self._ends - PERIOD_S + TICK_S:
            self._late = 0.0

    def next_look(self, now: float) -> float:
        """Return the seconds until the process may have used all that is left, or until its debt is paid."""
        if self.is_stopped:
            unpaid = math.floor(max(0.0, -self.left) / self._quota)
            return self._ends + unpaid * PERIOD_S - now
        return min(self._ends - now, max(self.left / _CORES, _LEAST_WAIT_S))


class CpuShares:
    """Watches the processes between ``begin`` and ``end`` in a thread of its own."""

    def __init__(
        self, *, cpu_s: Callable[[int], float] = procfs.cpu_s, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._cpu_s = cpu_s
        self._clock = clock
        self._changed = threading.Condition()
        self._budgets: dict[Stoppable, CpuBudget] = {}
        self._running: dict[Stoppable, CpuBudget] = {}
        self._closing = False
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def begin(self, process: Stoppable, share: float) -> None:
        """Limit a process from now on; it has what it left in this period, if it was limited before."""
        with self._changed:
            used = self._cpu_s(process.pid)
            budget = self._budgets.setdefault(process, CpuBudget(share, used=used, now=self._clock()))
            if process not in self._running:
                budget.skip(used)
            # whoever calls has continued it
            budget.is_stopped = False
            self._running[process] = budget
            self._changed.notify()

    def end(self, process: Stoppable) -> None:
        """Limit a process no longer; from now on nothing stops or continues it."""
        with self._changed:
            budget = self._running.pop(process, None)
            if budget:
                self._update(process, budget)
                if budget.is_stopped:
                    budget.is_stopped = False
                    process.resume()

    def forget(self, process: Stoppable) -> None:
        """End, and keep nothing for a process that is over."""
        with self._changed:
            self.end(process)
            self._budgets.pop(process, None)

    def check(self) -> float | None:
        """Stop every process that has used its share and continue every one that may go on.

        Return the seconds until the next check, None when there is nothing to watch.
        """
        with self._changed:
            for process, budget in self._running.items():
                self._update(process, budget)
                if budget.is_stopped != (budget.left <= 0):
                    budget.is_stopped = not budget.is_stopped
                    (process.pause if budget.is_stopped else process.resume)()
            now = self._clock()
            return min((max(0.0, each.next_look(now)) for each in self._running.values()), default=None)

    def close(self) -> None:
        """Stop watching."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join()

    def _update(self, process: Stoppable, budget: CpuBudget) -> None:
        # its clock first: read later it could show more than fits into our time, and stop one that has a whole CPU
        used = self._cpu_s(process.pid)
        budget.update(used, self._clock())

    def _watch(self) -> None:
        with self._changed:
            while not self._closing:
                self._changed.wait(self.check())
