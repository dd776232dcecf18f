"""Equal work that is under way is waited for, not done again."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from typing import Final, Generic, TypeVar

from app.core.deadline import Deadline
from app.core.errors import DeadlineExceeded, ServiceError, SourceBlocked

Value = TypeVar("Value")

# failures that follow from the time that one request has left, or from what its caller may fetch
_OF_ONE_REQUEST: Final = (DeadlineExceeded, SourceBlocked)


class _Flight(Generic[Value]):
    """One piece of work under way; once it has ``landed`` it has a result, or perhaps an error that is everybody's."""

    def __init__(self) -> None:
        self.landed = threading.Event()
        self.results: list[Value] = []
        self.error: ServiceError | None = None


class SingleFlight(Generic[Value]):
    """Does the work of one key once at a time, for all who ask for it meanwhile.

    A picture that becomes popular is asked for many times before it is first made: without this each of those requests
    would render it. Named after Go's package: https://pkg.go.dev/golang.org/x/sync/singleflight
    """

    def __init__(self) -> None:
        self._flights: dict[Hashable, _Flight[Value]] = {}
        self._lock = threading.Lock()

    def do(self, key: Hashable, work: Callable[[], Value], deadline: Deadline) -> tuple[Value, bool]:
        """Return what ``work`` returns, and whether it ran for this caller; raises what it raises.

        A ServiceError is raised for all who wait, unless it is that of one request; then one of the others does the
        work. Who waits longer than its deadline has time finds that out from its own work. Deferred work is done for
        itself: it may take longer than requests can wait.
        """
        while not deadline.deferred:
            with self._lock:
                flight = self._flights.get(key)
                leads = flight is None
                if flight is None:
                    flight = self._flights[key] = _Flight()
            if leads:
                return self._lead(key, flight, work), True
            if not flight.landed.wait(deadline.remaining()):
                break
            if flight.results:
                return flight.results[0], False
            if flight.error is not None:
                raise _copy(flight.error)
        return work(), True

    def _lead(self, key: Hashable, flight: _Flight[Value], work: Callable[[], Value]) -> Value:
        try:
            flight.results.append(work())
            return flight.results[0]
        except ServiceError as exc:
            if not isinstance(exc, _OF_ONE_REQUEST):
                flight.error = exc
            raise
        finally:
            with self._lock:
                del self._flights[key]
            flight.landed.set()


def _copy(error: ServiceError) -> ServiceError:
    """Return the same failure for another caller: what two threads raise has the traceback of both."""
    copy = type(error).__new__(type(error), *error.args)
    vars(copy).update(vars(error))
    return copy
