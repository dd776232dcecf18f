"""Who may run at once: the account's limit, and the part of it a function has reserved.

https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html
"""

from __future__ import annotations

import contextlib
import threading
from collections import Counter
from collections.abc import Iterator

from lab.errors import Throttled


class Concurrency:
    """Counts invocations in flight for each function; the unreserved ones share what is left."""

    def __init__(self, limit: int = 1000) -> None:
        self.limit = limit
        self._lock = threading.Lock()
        self._running: Counter[str] = Counter()
        self._reserved: dict[str, int] = {}

    @contextlib.contextmanager
    def place(self, name: str, *, limited: bool = True) -> Iterator[None]:
        """Hold a place for one invocation; raise Throttled when there is none."""
        with self._lock:
            if limited:
                self._check(name)
            self._running[name] += 1
        try:
            yield
        finally:
            with self._lock:
                self._running[name] -= 1

    def reserve(self, name: str, places: int | None) -> None:
        """Reserve places for a function, which are its limit too; None gives them back.

        Raises ValueError when the account does not have them.
        """
        with self._lock:
            others = sum(count for other, count in self._reserved.items() if other != name)
            if places is None:
                self._reserved.pop(name, None)
            elif others + places > self.limit:
                raise ValueError(f"{places} places asked, {self.limit - others} left of the account's {self.limit}")
            else:
                self._reserved[name] = places

    def reserved(self, name: str) -> int | None:
        """Return what a function has reserved."""
        return self._reserved.get(name)

    @property
    def unreserved(self) -> int:
        """Return the places all functions without a reservation share."""
        return self.limit - sum(self._reserved.values())

    @property
    def running(self) -> int:
        """Return the invocations in flight."""
        return sum(self._running.values())

    def _check(self, name: str) -> None:
        reserved = self._reserved.get(name)
        if reserved is None:
            if self._unreserved_running() >= self.unreserved:
                raise Throttled("ConcurrentInvocationLimitExceeded")
        elif self._running[name] >= reserved:
            raise Throttled("ReservedFunctionConcurrentInvocationLimitExceeded")

    def _unreserved_running(self) -> int:
        return sum(count for name, count in self._running.items() if name not in self._reserved)
