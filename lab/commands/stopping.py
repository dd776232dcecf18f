"""Ends a command on Ctrl-C, SIGTERM and SIGHUP, wherever it is."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any, Final

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_WAKE_S: Final = 0.2
_GRACE_S: Final = 20.0
# a shell's status of a command that a signal has ended
_STATUS: Final = 128


class InterruptOnSignal:
    """Raises KeyboardInterrupt in the main thread at the first signal, so that a command cleans up; a context manager.

    Further signals do not interrupt the cleanup. If it takes longer than ``grace_s``, because a thread waits for one
    that never started or something swallowed the exception, the process ends anyway. Exceptions raised because of the
    first signal are suppressed; ``status`` tells that it came.
    """

    def __init__(self, grace_s: float = _GRACE_S) -> None:
        self._grace_s = grace_s
        self._number = 0
        self._over = False
        self._undo: list[Callable[[], Any]] = []

    @property
    def status(self) -> int:
        """Return the exit status of the signal that came; 0 when none has."""
        return _STATUS + self._number if self._number else 0

    def begin(self) -> None:
        """Wait for signals; only within the block."""
        if threading.current_thread() is not threading.main_thread():
            return
        came, tell = os.pipe()
        os.set_blocking(tell, False)
        threading.Thread(target=self._watch, args=(came, threading.get_ident()), daemon=True).start()
        self._undo.append(lambda: os.close(tell))
        before = signal.set_wakeup_fd(tell, warn_on_full_buffer=False)
        self._undo.append(lambda: signal.set_wakeup_fd(before))
        # does nothing but end the main thread's wait in the system
        self._handle(signal.SIGURG, lambda *_: None)
        for number in _SIGNALS:
            # a shell ignores SIGINT for a job in the background, which kill -INT is to end
            if number == signal.SIGINT or signal.getsignal(number) is not signal.SIG_IGN:
                self._handle(number, self._stop)

    def __enter__(self) -> InterruptOnSignal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        self._over = True
        # after a signal the process ends, and others are not to interrupt its last steps
        while self._undo and not self._number:
            self._undo.pop()()
        return bool(self._number)

    def _handle(self, number: int, handler: Callable[[int, FrameType | None], None]) -> None:
        before = signal.signal(number, handler)
        self._undo.append(lambda: signal.signal(number, before))

    def _stop(self, number: int, frame: FrameType | None) -> None:
        if not self._number:
            self._number = number
            if not self._over:
                raise KeyboardInterrupt

    def _watch(self, came: int, main: int) -> None:
        """Wake the main thread when a signal has come, which may be to another thread; end the process when it stays.

        Only the main thread runs handlers, and not while it waits for a lock or a process.
        """
        got, end = os.read(came, 1), float("inf")
        while got and (self._number or not self._over):
            signal.pthread_kill(main, signal.SIGURG)
            time.sleep(_WAKE_S)
            if self._number:
                end = min(end, time.monotonic() + self._grace_s)
            if time.monotonic() > end:
                os._exit(self.status)
        os.close(came)
