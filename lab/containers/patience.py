"""How long a caller waits for a response, not counting what its container waits for this machine."""

from __future__ import annotations

import contextlib
import math
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from typing import TypeVar

_Result = TypeVar("_Result")


class Patience:
    """A time limit in seconds that does not run while ``suspended``; None means no limit.

    On Lambda a container never waits for another one to start: time spent on that here is not the gateway's.
    """

    def __init__(self, seconds: float | None, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._changed = threading.Condition()
        self._left = math.inf if seconds is None else seconds
        self._running_since: float | None = clock()

    @contextlib.contextmanager
    def suspended(self) -> Iterator[None]:
        """Let no time pass meanwhile."""
        with self._changed:
            self._left = self.left() or 0.0
            self._running_since = None
        try:
            yield
        finally:
            with self._changed:
                self._running_since = self._clock()
                self._changed.notify_all()

    def left(self) -> float | None:
        """Return the seconds left; None while they are suspended."""
        since = self._running_since
        return None if since is None else self._left - (self._clock() - since)

    def result(self, future: Future[_Result]) -> _Result:
        """Return a future's result; raise what it raised, or TimeoutError when no time is left."""
        future.add_done_callback(self._notify)
        with self._changed:
            while not future.done():
                left = self.left()
                if left is not None and left <= 0:
                    raise TimeoutError
                self._changed.wait(None if left is None else min(left, threading.TIMEOUT_MAX))
        return future.result()

    def _notify(self, future: Future[_Result]) -> None:
        with self._changed:
            self._changed.notify_all()
