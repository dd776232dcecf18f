"""Waits until a command that serves is told to end."""

from __future__ import annotations

import queue
import signal
from contextlib import suppress
from typing import Final

_WAKE_S: Final = 0.2


class StopSignal:
    """Ctrl-C and SIGTERM, from the moment this is made."""

    def __init__(self) -> None:
        # A handler runs wherever the main thread is just then. If that is within the wait of an Event, the Event's lock
        # is held, and set() would wait for it for ever; put() of a SimpleQueue may interrupt its own get().
        self._came: queue.SimpleQueue[int] = queue.SimpleQueue()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda number, _: self._came.put(number))

    def wait(self, wake_s: float = _WAKE_S) -> None:
        """Return when one has come, looking at least every ``wake_s``."""
        while True:
            # the system may deliver a signal to any thread; only this one runs handlers, and only when it wakes
            with suppress(queue.Empty):
                self._came.get(timeout=wake_s)
                return
