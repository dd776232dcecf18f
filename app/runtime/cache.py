"""What a container remembers while it lives: finished results, and small facts with an age."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Generic, TypeVar

import msgspec

from app.deadline import Clock

Key = tuple[str, str]
Value = TypeVar("Value")


class CacheStats(msgspec.Struct, frozen=True):
    """How full the memory is and how often it helped."""

    entries: int
    bytes: int
    hits: int
    misses: int


class MemoryCache:
    """Least recently used results by (image id, variant), never more than ``max_bytes`` of them."""

    def __init__(self, max_bytes: int) -> None:
        self._max = max_bytes
        self._bodies: OrderedDict[Key, bytes] = OrderedDict()
        self._bytes = self._hits = self._misses = 0
        self._lock = threading.Lock()

    def get(self, key: Key) -> bytes | None:
        """Return the result and make it the most recent one."""
        with self._lock:
            body = self._bodies.get(key)
            if body is None:
                self._misses += 1
                return None
            self._hits += 1
            self._bodies.move_to_end(key)
            return body

    def put(self, key: Key, body: bytes) -> None:
        """Remember the result; one larger than the whole memory is not kept."""
        with self._lock:
            self._remove(key)
            if len(body) > self._max:
                return
            self._bodies[key] = body
            self._bytes += len(body)
            while self._bytes > self._max:
                self._remove(next(iter(self._bodies)))

    def forget(self, image_id: str) -> None:
        """Drop every result of one image."""
        with self._lock:
            for key in [key for key in self._bodies if key[0] == image_id]:
                self._remove(key)

    def stats(self) -> CacheStats:
        """Return the counts of this moment."""
        with self._lock:
            return CacheStats(len(self._bodies), self._bytes, self._hits, self._misses)

    def _remove(self, key: Key) -> None:
        self._bytes -= len(self._bodies.pop(key, b""))


class TTLCache(Generic[Value]):
    """Facts by name, each with the time it was learned; at most ``entries`` of them."""

    def __init__(self, clock: Clock, *, entries: int = 1024) -> None:
        self._clock = clock
        self._entries = entries
        self._facts: OrderedDict[str, tuple[Value, float]] = OrderedDict()
        self._lock = threading.Lock()

    def put(self, name: str, value: Value) -> None:
        """Learn the fact now."""
        with self._lock:
            self._facts[name] = (value, self._clock())
            self._facts.move_to_end(name)
            while len(self._facts) > self._entries:
                self._facts.popitem(last=False)

    def get(self, name: str, *, max_age_s: float) -> Value | None:
        """Return the fact unless it is older than ``max_age_s``."""
        with self._lock:
            value, learned = self._facts.get(name, (None, 0.0))
            return value if self._clock() - learned <= max_age_s else None

    def forget(self, name: str) -> None:
        """Drop the fact."""
        with self._lock:
            self._facts.pop(name, None)
