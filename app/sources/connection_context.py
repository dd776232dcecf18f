"""What all connections of one Remote share: rules, resolver, counters, and whose fetch they serve."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from app.sources.fetch_deadline import Trips

Candidate = tuple[Any, ...]  # family, kind, protocol, canonical name, socket address
Resolver = Callable[..., Sequence[Candidate]]  # called as socket.getaddrinfo(host, port, type=…)


class ConnectionContext:
    """Shared by connections in every thread; ``networks`` are CIDR ranges allowed besides the public internet."""

    def __init__(self, networks: tuple[str, ...], resolve: Resolver) -> None:
        self.networks = networks
        self.resolve = resolve
        self.trips = Trips()
        self._counts: Counter[str] = Counter()
        self._lock = threading.Lock()

    def count(self, **steps: int) -> None:
        """Add to the counters ``opened``, ``requests`` and ``reused``."""
        with self._lock:
            self._counts.update(steps)

    def counts(self) -> Counter[str]:
        """Return a copy of the counters, all of one moment."""
        with self._lock:
            return self._counts.copy()
