"""A limit on the number of containers that may initialize at once."""

from __future__ import annotations

import heapq


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
