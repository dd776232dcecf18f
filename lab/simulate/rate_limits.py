"""Limits on a rate: so many at once, and so many more a second."""

from __future__ import annotations

import heapq


class TokenBucket:
    """Holds at most ``size`` tokens and refills continuously; what does not fit is lost, as AWS says of its own."""

    def __init__(self, size: float, a_second: float) -> None:
        self._size = size
        self._a_second = a_second
        self._tokens = size
        self._at = 0.0

    def left(self, at: float) -> float:
        """Return the tokens there are at a time not before the last one asked."""
        self._tokens = min(self._size, self._tokens + (at - self._at) * self._a_second)
        self._at = at
        return self._tokens

    def take(self, at: float, count: float = 1.0) -> bool:
        """Take tokens if there are enough of them."""
        # what a sum of refills lacks of a whole token is rounding
        enough = self.left(at) >= count - 1e-9
        if enough:
            self._tokens -= count
        return enough


class InitSlots:
    """Lets ``count`` containers initialise at once, the others in the order they asked; 0 is any number."""

    def __init__(self, count: int) -> None:
        self._free_at = [0.0] * count

    def begin(self, at: float, takes: float) -> float:
        """Return when a start that was asked for now begins."""
        if not self._free_at:
            return at
        begins = max(at, self._free_at[0])
        heapq.heapreplace(self._free_at, begins + takes)
        return begins
