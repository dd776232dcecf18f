"""What all connections of one Fetcher share: allowed networks, resolver, counters, and each thread's fetch."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from app.sources.fetch_deadline import FetchDeadline

AddressInfo = tuple[Any, ...]  # family, type, protocol, canonical name, socket address
Resolver = Callable[..., Sequence[AddressInfo]]  # called as socket.getaddrinfo(host, port, type=…)


class CurrentFetch(threading.local):
    """The fetch of the current thread.

    A fetch runs in one thread from start to end, and the libraries between it and its sockets have
    no parameter for a deadline, so the sockets look it up here. ``reused_connection`` tells whether
    its latest request went out on a connection that was already open.
    """

    deadline: FetchDeadline
    reused_connection = False

    @contextmanager
    def running(self, deadline: FetchDeadline) -> Iterator[None]:
        """Set this thread's deadline for the length of the block."""
        self.deadline = deadline
        try:
            yield
        finally:
            del self.deadline


class ConnectionContext:
    """Shared by connections in every thread; ``networks`` are CIDR ranges allowed besides the public internet."""

    def __init__(self, networks: tuple[str, ...], resolve: Resolver) -> None:
        self.networks = networks
        self.resolve = resolve
        self.current = CurrentFetch()
        self._counts: Counter[str] = Counter()
        self._lock = threading.Lock()

    def count(self, **increments: int) -> None:
        """Add to the counters ``opened``, ``requests`` and ``reused``."""
        with self._lock:
            self._counts.update(increments)

    def counts(self) -> Counter[str]:
        """Return a consistent copy of the counters."""
        with self._lock:
            return self._counts.copy()
