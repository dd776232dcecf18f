"""Deferred work outside Lambda: a bounded queue and a few threads of this process."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import Final

from app.core.errors import Busy

_RETRY_DELAYS_S: Final = (1.0, 5.0)
_CLOSE_WAIT_S: Final = 2.0


class BackgroundQueue:
    """Calls ``run`` with each job's id, again when it raises; ``threads`` jobs run at once, and ``waiting`` wait.

    The threads start with the first job. They are daemons, because an encode cannot be interrupted and must
    not keep the process alive; its job is picked up again once its lease has expired.
    """

    def __init__(
        self,
        run: Callable[[str], None],
        *,
        waiting: int,
        threads: int,
        retry_delays_s: tuple[float, ...] = _RETRY_DELAYS_S,
    ) -> None:
        self._run = run
        self._max_threads = threads
        self._retry_delays_s = retry_delays_s
        self._queue: queue.Queue[str] = queue.Queue(waiting)
        self._waiting: set[str] = set()
        self._threads: list[threading.Thread] = []
        self._closing = threading.Event()
        self._lock = threading.Lock()

    def submit(self, job_id: str) -> None:
        """Queue the job unless it waits already; raise Busy when the queue is full.

        One that runs is queued too: its record may say that it failed, and is to run again, before ``run`` returns.
        """
        with self._lock:
            if self._closing.is_set():
                raise Busy("this process is closing; try again shortly")
            if job_id in self._waiting:
                return
            try:
                self._queue.put_nowait(job_id)
            except queue.Full:
                raise Busy(f"{self._queue.maxsize} jobs are waiting already; try again shortly") from None
            self._waiting.add(job_id)
            self._add_thread()

    def close(self) -> None:
        """Start no more jobs, and wait a moment for those that run."""
        with self._lock:
            self._closing.set()
            threads, self._threads = self._threads, []
        for thread in threads:
            thread.join(_CLOSE_WAIT_S)

    def _add_thread(self) -> None:
        if len(self._threads) < self._max_threads:
            thread = threading.Thread(target=self._work, name=f"jobs-{len(self._threads)}", daemon=True)
            self._threads.append(thread)
            thread.start()

    def _work(self) -> None:
        while not self._closing.is_set():
            try:
                job_id = self._queue.get(timeout=0.1)
            except queue.Empty:
                continue
            with self._lock:
                self._waiting.discard(job_id)
            self._run_with_retries(job_id)

    def _run_with_retries(self, job_id: str) -> None:
        for delay_s in (*self._retry_delays_s, 0.0):
            try:
                return self._run(job_id)
            # Logged where it was raised; the job's record holds how it ended. A panic of Rust is no Exception, and
            # would end a thread that the next job needs.
            except BaseException:
                if self._closing.wait(delay_s):
                    return None
        return None
