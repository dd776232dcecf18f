"""Work that AWS does on its own, which no caller waits for."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any


class Background:
    """Runs functions in threads; ``errors`` has the tracebacks of those that failed."""

    def __init__(self) -> None:
        self.errors: list[str] = []
        self._executor = ThreadPoolExecutor(4, thread_name_prefix="local-aws")
        self._running = 0
        self._lock = threading.Lock()

    def start(self, work: Callable[..., None], *arguments: Any) -> None:
        """Run ``work`` in another thread."""
        with self._lock:
            self._running += 1
        self._executor.submit(self._run, work, *arguments)

    @property
    def is_idle(self) -> bool:
        """Return whether everything started has ended."""
        return not self._running

    def close(self) -> None:
        """Wait for what is running and stop the threads."""
        self._executor.shutdown()

    def _run(self, work: Callable[..., None], *arguments: Any) -> None:
        try:
            work(*arguments)
        except Exception:
            self.errors.append(traceback.format_exc())
        finally:
            with self._lock:
                self._running -= 1
