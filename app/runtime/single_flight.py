"""Equal work that is under way is waited for, not done again."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from app.core.deadline import Deadline

Value = TypeVar("Value")


class _Flight(Generic[Value]):
    """One piece of work under way; ``results`` has one element once it succeeded."""

    def __init__(self) -> None:
        self.landed = threading.Event()
        self.results: list[Value] = []


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

        When the work that others wait for fails, each of them does its own: the failure may be that of one request,
        such as a deadline. Who waits longer than its deadline has time finds that out from its own work. Deferred work
        is done for itself: it may take longer than requests can wait.
        """
        if deadline.deferred:
            return work(), True
        with self._lock:
            flight = self._flights.get(key)
            leads = flight is None
            if flight is None:
                flight = self._flights[key] = _Flight()
        if leads:
            return self._lead(key, flight, work), True
        flight.landed.wait(deadline.remaining())
        if flight.results:
            return flight.results[0], False
        return work(), True

    def _lead(self, key: Hashable, flight: _Flight[Value], work: Callable[[], Value]) -> Value:
        try:
            flight.results.append(work())
            return flight.results[0]
        finally:
            with self._lock:
                del self._flights[key]
            flight.landed.set()
