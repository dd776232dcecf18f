"""Waits until a command that serves is told to end."""

from __future__ import annotations

import signal
import threading
from typing import Final

_WAKE_S: Final = 0.2


class StopSignal:
    """Ctrl-C and SIGTERM, from the moment this is made."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: self._stop.set())

    def wait(self) -> None:
        """Return when one has come."""
        # the system may deliver a signal to any thread; only this one runs handlers, and only when it wakes
        while not self._stop.wait(_WAKE_S):
            pass
