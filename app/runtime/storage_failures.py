"""Failures of the storage that no caller has to hear of: logged and counted instead."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from app.core.errors import StorageUnavailable
from app.runtime.log import Log


class StorageFailures:
    """Counts the failures of work that is done on the side, such as keeping a result that is answered anyway."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._count = 0
        self._lock = threading.Lock()

    @property
    def count(self) -> int:
        """Return how many there were since the process began."""
        return self._count

    @contextmanager
    def tolerated(self, what: str) -> Iterator[None]:
        """Go on when the storage fails in the block; ``what`` says in the log what was not done."""
        try:
            yield
        except StorageUnavailable as exc:
            with self._lock:
                self._count += 1
            self._log.write("warning", {"event": "storage_failure", "what": what, "detail": exc.detail})
