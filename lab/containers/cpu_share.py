"""Holds processes to their share of a CPU by stopping and continuing them.

Lambda gives CPU in proportion to memory: https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
The kernel's own quotas (cgroups) need rights that a user seldom has. As with them, a process may use its share of each
period; here it is stopped when it has used more, until it has paid that back. Where the kernel has no CPU clock per
process (macOS) nothing is stopped, and what a process starts is not counted.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Final, Protocol

from lab.containers import procfs

PERIOD_S: Final = 0.02
_CHECK_S: Final = 0.001


class Stoppable(Protocol):
    """A process that can be stopped where it is."""

    @property
    def pid(self) -> int: ...
    def pause(self) -> None: ...
    def resume(self) -> None: ...


class CpuBudget:
    """What a process may still use, in CPU seconds; negative is a debt. ``used`` is its clock, ``now`` ours."""

    def __init__(self, share: float, *, now: float, used: float) -> None:
        self._share = share
        self._left = share * PERIOD_S
        self._now = now
        self._used = used
        self.resume_at: float | None = None

    def update(self, now: float, used: float) -> float:
        """Take into account what was used since the last time, and return the seconds until a debt is paid."""
        earned = self._share * (now - self._now)
        self._left = min(self._left + earned, self._share * PERIOD_S) - (used - self._used)
        self._now, self._used = now, used
        return max(0.0, -self._left / self._share)


class CpuShares:
    """Watches the processes between ``begin`` and ``end`` in a thread of its own."""

    def __init__(
        self, *, cpu_s: Callable[[int], float] = procfs.cpu_s, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._cpu_s = cpu_s
        self._clock = clock
        self._changed = threading.Condition()
        self._budgets: dict[Stoppable, CpuBudget] = {}
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def begin(self, process: Stoppable, share: float) -> None:
        """Limit a process from now on."""
        with self._changed:
            self._budgets[process] = CpuBudget(share, now=self._clock(), used=self._cpu_s(process.pid))
            self._changed.notify()

    def end(self, process: Stoppable) -> None:
        """Limit a process no longer; from now on nothing stops or continues it."""
        with self._changed:
            budget = self._budgets.pop(process, None)
            if budget and budget.resume_at is not None:
                process.resume()

    def check(self) -> None:
        """Stop every process that is in debt, and continue every one that has paid."""
        with self._changed:
            for process, budget in self._budgets.items():
                now = self._clock()
                if budget.resume_at is None:
                    debt_s = budget.update(now, self._cpu_s(process.pid))
                    if debt_s:
                        budget.resume_at = now + debt_s
                        process.pause()
                elif now >= budget.resume_at:
                    budget.resume_at = None
                    process.resume()

    def close(self) -> None:
        """Stop watching."""
        self._closing.set()
        with self._changed:
            self._changed.notify()
        self._thread.join()

    def _watch(self) -> None:
        while not self._closing.is_set():
            with self._changed:
                self._changed.wait_for(lambda: self._budgets or self._closing.is_set())
            self.check()
            self._closing.wait(_CHECK_S)
