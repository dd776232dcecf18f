"""What a container keeps in memory: finished results, and small values that expire."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Final, Generic, TypeVar

import msgspec

Key = tuple[str, str]
Value = TypeVar("Value")

# what CPython takes for one result besides its bytes: both strings of the key, the tuple, the place in the dictionary
ENTRY_BYTES: Final = 512


class CacheStats(msgspec.Struct, frozen=True):
    """How full the cache is, with ``entry_bytes`` for each result, and how often it had the one asked for."""

    entries: int
    bytes: int
    hits: int
    misses: int


class MemoryCache:
    """Least recently used results by (identity of the source, variant), in ``max_bytes`` of memory.

    Each counts as its bytes and ``entry_bytes``: else results of one pixel would take many times that memory.
    """

    def __init__(self, max_bytes: int, *, entry_bytes: int = ENTRY_BYTES) -> None:
        self._max = max_bytes
        self._entry_bytes = entry_bytes
        self._bodies: OrderedDict[Key, bytes] = OrderedDict()
        self._bytes = self._hits = self._misses = 0
        self._lock = threading.Lock()

    def get(self, key: Key) -> bytes | None:
        """Return the result and mark it as the most recently used."""
        with self._lock:
            body = self._bodies.get(key)
            if body is None:
                self._misses += 1
                return None
            self._hits += 1
            self._bodies.move_to_end(key)
            return body

    def put(self, key: Key, body: bytes) -> None:
        """Keep the result, unless it alone is larger than the cache."""
        with self._lock:
            self._remove(key)
            if self._size(body) > self._max:
                return
            self._bodies[key] = body
            self._bytes += self._size(body)
            while self._bytes > self._max:
                self._remove(next(iter(self._bodies)))

    def forget(self, identity: str) -> None:
        """Drop every result of one source."""
        with self._lock:
            for key in [key for key in self._bodies if key[0] == identity]:
                self._remove(key)

    def stats(self) -> CacheStats:
        """Return the counts so far."""
        with self._lock:
            return CacheStats(len(self._bodies), self._bytes, self._hits, self._misses)

    def _remove(self, key: Key) -> None:
        body = self._bodies.pop(key, None)
        if body is not None:
            self._bytes -= self._size(body)

    def _size(self, body: bytes) -> int:
        return self._entry_bytes + len(body)


class TTLCache(Generic[Value]):
    """Values by name, each with the time it was stored; at most ``entries``, the oldest dropped first.

    ``now`` is the wall clock: a monotonic one may stand still while the container is frozen, and keep values fresh.
    """

    def __init__(self, now: Callable[[], float], *, entries: int = 1024) -> None:
        self._now = now
        self._entries = entries
        self._values: OrderedDict[str, tuple[Value, float]] = OrderedDict()
        self._lock = threading.Lock()

    def put(self, name: str, value: Value) -> None:
        """Store the value, as of now."""
        with self._lock:
            self._values[name] = (value, self._now())
            self._values.move_to_end(name)
            while len(self._values) > self._entries:
                self._values.popitem(last=False)

    def get(self, name: str, *, max_age_s: float) -> Value | None:
        """Return the value unless it is older than ``max_age_s``, or the clock was set back since it was stored."""
        with self._lock:
            value, stored = self._values.get(name, (None, 0.0))
            return value if 0 <= self._now() - stored <= max_age_s else None

    def forget(self, name: str) -> None:
        """Drop the value."""
        with self._lock:
            self._values.pop(name, None)
