"""Admission control: work starts only when it fits into memory and can finish in time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from app.core.config import MIB
from app.core.deadline import Deadline
from app.core.errors import Busy, DeadlineExceeded, TooCostly
from app.runtime.allocator import shrink_to
from app.runtime.memory_limit import limit_memory

# resident memory before any image is decoded: interpreter, Flask, Pillow with its codecs, requests and boto3
BASE_MB: Final = 152
# What the caller can do about it.
LESS: Final = "a smaller image or width, or fewer frames of an animation, takes less"
# how much work may wait for each slot: whatever waits holds a thread and the bytes of its source
_WAITING: Final = 8
# the part of the memory that is free when nothing runs: a source is read before its work is admitted
_FREE: Final = 4


class Admission:
    """Lets up to ``slots`` pieces of work run at once while their memory fits together.

    ``memory_mb`` is the limit of the whole process, ``cpu_share`` the part of a core it gets; ``waiting`` counts what
    waits. An image can decode to a thousand times its file size, so without this a few harmless requests together would
    end the process.

    Deferred work takes no slot, or requests would be refused for as long as a job lasts; there are few threads for it.
    For memory it waits as long as it has time: it must not fail because the machine is busy.

    Before work starts and after it, ``shrink`` gets the bytes that the process may hold then. It would keep what
    earlier images freed, which nobody has estimated. ``limit`` gets the bytes that the process may hold in all, and
    those that running work was estimated at, against headers that lie.
    """

    def __init__(
        self,
        *,
        memory_mb: int,
        slots: int,
        cpu_share: float = 1.0,
        patience_s: float = 5.0,
        shrink: Callable[[int], object] = shrink_to,
        limit: Callable[[int, int], object] = limit_memory,
    ) -> None:
        self._whole = memory_mb * MIB
        self._shrink = shrink
        self._limit = limit
        self._memory = max(16, memory_mb - BASE_MB) * MIB
        self._slots = slots
        self._cpu_share = cpu_share
        self._patience_s = patience_s
        self._queue = _WAITING * slots
        self._changed = threading.Condition()
        self._held = 0
        self._running = 0
        self.waiting = 0

    @contextmanager
    def admit(self, memory_bytes: int, cpu_s: float, deadline: Deadline) -> Iterator[None]:
        """Hold ``memory_bytes`` for the block, and a slot unless the work is deferred.

        Raises TooCostly for work that could never run here, DeadlineExceeded for work that too little time is left
        for, Busy when no room came free in time.
        """
        spare_s = self._refuse_hopeless(memory_bytes, cpu_s, deadline)
        slots = 0 if deadline.deferred else 1
        with self._changed:
            self._wait(memory_bytes, slots, spare_s)
            self._held += memory_bytes
            self._running += slots
        try:
            self._shrink(self._whole - self._held)
            self._limit(self._whole, self._held)
            yield
        finally:
            with self._changed:
                self._held -= memory_bytes
                self._running -= slots
                self._changed.notify_all()
            self._limit(self._whole, self._held)
            self._shrink(self._whole - self._whole // _FREE - self._held)

    def _wait(self, memory_bytes: int, slots: int, spare_s: float) -> None:
        """Wait until the work fits; raise Busy when that takes too long, or when too many wait already."""
        patience_s = min(self._patience_s, spare_s) if slots else spare_s
        fits = self._fits(memory_bytes, slots)
        if not fits and (self.waiting < self._queue or not slots):
            self.waiting += 1
            try:
                fits = self._changed.wait_for(lambda: self._fits(memory_bytes, slots), patience_s)
            finally:
                self.waiting -= 1
        if not fits:
            raise Busy("every worker is busy with other images; try again shortly")

    def _fits(self, memory_bytes: int, slots: int) -> bool:
        return self._running + slots <= self._slots and self._held + memory_bytes <= self._memory

    def _refuse_hopeless(self, memory_bytes: int, cpu_s: float, deadline: Deadline) -> float:
        """Return how many seconds the work can wait and still finish in time.

        Raises TooCostly if it could not finish with the whole of a deadline, and DeadlineExceeded if too little of
        this one is left: that is the fault of what was waited for, not of the image.
        """
        deadline.check("decode")
        if memory_bytes > self._memory:
            raise TooCostly(
                f"this would take about {memory_bytes // MIB} MiB of memory, expected at most {self._memory // MIB} MiB"
                f"; {LESS}"
            )
        needed, left = cpu_s / self._cpu_share, deadline.remaining()
        if needed > max(left, deadline.full_s):
            raise TooCostly(f"this would take about {needed:.1f} s, expected at most {deadline.full_s:.1f} s; {LESS}")
        if needed > left:
            raise DeadlineExceeded(f"this would take about {needed:.1f} s, and only {left:.1f} s are left; try again")
        return left - needed
