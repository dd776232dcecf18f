"""Deferred work where no platform does it: a few threads of this process, and a queue with an end."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import Final

from app.errors import Busy

_RETRIES_AFTER_S: Final = (1.0, 5.0)
_GOODBYE_S: Final = 2.0


class Pool:
    """Runs jobs by id with ``run``, which may raise to be called again; at most ``waiting`` wait.

    The threads start with the first job and are daemons: an encode that cannot be interrupted does not
    keep a process alive, and its job is found later by its lease.
    """

    def __init__(
        self,
        run: Callable[[str], None],
        *,
        waiting: int,
        threads: int = 2,
        retries_after_s: tuple[float, ...] = _RETRIES_AFTER_S,
    ) -> None:
        self._run = run
        self._threads = threads
        self._retries_after_s = retries_after_s
        self._queue: queue.Queue[str] = queue.Queue(waiting)
        self._known: set[str] = set()
        self._started: list[threading.Thread] = []
        self._closing = threading.Event()
        self._lock = threading.Lock()

    def submit(self, job: str) -> None:
        """Have the job run, once however often it is submitted meanwhile; raise Busy when the queue is full."""
        with self._lock:
            if self._closing.is_set():
                raise Busy("this process is closing; try again shortly")
            if job in self._known:
                return
            try:
                self._queue.put_nowait(job)
            except queue.Full:
                raise Busy(f"{self._queue.maxsize} jobs are waiting already; try again shortly") from None
            self._known.add(job)
            self._start()

    def close(self) -> None:
        """Start no further job, and wait a moment for those that run."""
        with self._lock:
            self._closing.set()
            started, self._started = self._started, []
        for thread in started:
            thread.join(_GOODBYE_S)

    def _start(self) -> None:
        if len(self._started) < self._threads:
            thread = threading.Thread(target=self._work, name=f"jobs-{len(self._started)}", daemon=True)
            self._started.append(thread)
            thread.start()

    def _work(self) -> None:
        while not self._closing.is_set():
            try:
                job = self._queue.get(timeout=0.1)
            except queue.Empty:
                continue
            try:
                self._insist(job)
            finally:
                with self._lock:
                    self._known.discard(job)

    def _insist(self, job: str) -> None:
        """Run the job, again after a while when it fails; what is left then is for its record to tell."""
        for delay in (*self._retries_after_s, 0.0):
            try:
                return self._run(job)
            except Exception:
                if self._closing.wait(delay):
                    return None
        return None
