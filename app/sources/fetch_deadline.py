"""How long one fetch may still wait, and what to say when it has waited enough."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from app.config import Limits
from app.deadline import Deadline
from app.errors import DeadlineExceeded, ServiceError, SourceTimeout

_SPENT = 0.001  # seconds; less than this cannot be waited for


class FetchDeadline:
    """One fetch, over all its redirects and connections.

    ``reused`` tells whether its latest request went out on a connection that was open already.
    """

    def __init__(self, limits: Limits, deadline: Deadline) -> None:
        own = deadline.clock() + limits.fetch_s
        self.limits = limits
        self.total = Deadline(min(deadline.at, own), deadline.clock)
        self.reused = False
        self._hurried = deadline.at < own  # the request ends before a fetch would

    def wait(self, at_most: float) -> float:
        """Return the seconds the next wait may take; raise SourceTimeout or DeadlineExceeded when none are left."""
        left = self.total.remaining()
        if left < _SPENT:
            raise self.timed_out("")
        return min(at_most, left)

    def connecting(self) -> Deadline:
        """Return the end of an attempt to connect that begins now: name, handshakes and all."""
        return Deadline(self.total.clock() + self.wait(self.limits.connect_s), self.total.clock)

    def timed_out(self, words: str) -> ServiceError:
        """Return the error for a wait that was too long: the request's, the fetch's, or that of ``words``."""
        if self.total.remaining() >= _SPENT:
            return SourceTimeout(words)
        if self._hurried:
            return DeadlineExceeded("the time for this request ran out while its source was fetched")
        return SourceTimeout(f"the source was not fetched within {self.limits.fetch_s:g} seconds")


class Trips:
    """The fetch under way in each thread.

    A fetch runs in one thread from its start to its end, and between it and the sockets lie libraries
    whose interfaces have no place for a deadline; so it is left here for them to pick up.
    """

    def __init__(self) -> None:
        self._local = threading.local()

    @property
    def current(self) -> FetchDeadline:
        """Return the fetch of this thread."""
        trip: FetchDeadline = self._local.trip
        return trip

    @contextmanager
    def under_way(self, trip: FetchDeadline) -> Iterator[None]:
        """Make ``trip`` this thread's fetch for the length of the block."""
        self._local.trip = trip
        try:
            yield
        finally:
            del self._local.trip
