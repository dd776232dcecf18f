"""A limit on a rate."""

from __future__ import annotations


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
