"""How much time one fetch has left, and which error to raise when it is up."""

from __future__ import annotations

from app.core.config import Limits
from app.core.deadline import Deadline
from app.core.errors import DeadlineExceeded, ServiceError, SourceTimeout

_MIN_WAIT_S = 0.001  # sockets cannot wait for less


class FetchDeadline:
    """The time limits of one fetch, over all its redirects and connections."""

    def __init__(self, limits: Limits, request: Deadline) -> None:
        fetch_ends = request.clock() + limits.fetch_s
        self.limits = limits
        self._total = Deadline(min(request.at, fetch_ends), request.clock)
        self._request_ends_first = request.at < fetch_ends

    def timeout(self, at_most: float) -> float:
        """Return the seconds the next wait may take; raise SourceTimeout or DeadlineExceeded when none are left."""
        left = self._total.remaining()
        if left < _MIN_WAIT_S:
            raise self.timeout_error("")
        return min(at_most, left)

    def start_connect(self) -> Deadline:
        """Return the deadline of a connection attempt that begins now: DNS, TCP and TLS together."""
        return Deadline(self._total.clock() + self.timeout(self.limits.connect_s), self._total.clock)

    def timeout_error(self, message: str) -> ServiceError:
        """Return the error for a wait that timed out; ``message`` is for when the whole fetch has time left."""
        if self._total.remaining() >= _MIN_WAIT_S:
            return SourceTimeout(message)
        if self._request_ends_first:
            return DeadlineExceeded("the time for this request ran out while its source was fetched")
        return SourceTimeout(f"the source was not fetched within {self.limits.fetch_s:g} seconds")
