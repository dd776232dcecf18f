"""Limits on a rate: a token bucket, and a number of containers that may initialize at once."""

from __future__ import annotations

import heapq


class TokenBucket:
    """Holds at most ``size`` tokens and refills continuously, as AWS describes its own scaling limits."""

    def __init__(self, size: float, a_second: float) -> None:
        self._size = size
        self._a_second = a_second
        self._tokens = size
        self._at = 0.0

    def left(self, at: float) -> float:
        """Return the tokens left at a time that is not before the last one asked for."""
        self._tokens = min(self._size, self._tokens + (at - self._at) * self._a_second)
        self._at = at
        return self._tokens

    def take(self, at: float, count: float = 1.0) -> bool:
        """Take tokens if there are enough of them; return whether there were."""
        # a sum of refills may fall short of a whole token by a rounding error
        enough = self.left(at) >= count - 1e-9
        if enough:
            self._tokens -= count
        return enough


class InitSlots:
    """Lets ``count`` containers initialize at once, the others in the order they asked; 0 means any number."""

    def __init__(self, count: int) -> None:
        self._free_at = [0.0] * count

    def begin(self, at: float, takes: float) -> float:
        """Return when an initialization that is requested at ``at`` begins."""
        if not self._free_at:
            return at
        begins = max(at, self._free_at[0])
        heapq.heapreplace(self._free_at, begins + takes)
        return begins
