"""Concurrency: the account's limit, the part of it reserved for functions, and the rate that comes with it.

https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html and, for the rate, "Lambda API requests" in
https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
"""

from __future__ import annotations

import contextlib
import math
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator

from lab.account.token_bucket import TokenBucket
from lab.errors import Throttled


class Concurrency:
    """Counts the invocations in flight; functions without a reservation share the rest."""

    def __init__(
        self, limit: int = 1000, *, unreservable: int = 100, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.limit = limit
        self._clock = clock
        # an account smaller than that, as a new one is, can reserve nothing
        self._unreservable = min(unreservable, limit)
        self._lock = threading.Lock()
        self._running: Counter[str] = Counter()
        self._reserved: dict[str, int] = {}
        self._rates: dict[tuple[str, float], TokenBucket] = {}

    @contextlib.contextmanager
    def invocation(self, name: str, *, limited: bool = True, per_place: float = math.inf) -> Iterator[None]:
        """Count one invocation while it runs; raise Throttled when no concurrency is left for it.

        ``per_place`` is how many invocations a second may begin for each place that the function has or shares.
        """
        with self._lock:
            if limited:
                self._check(name)
            if math.isfinite(per_place):
                self._check_rate(name, per_place)
            self._running[name] += 1
        try:
            yield
        finally:
            with self._lock:
                self._running[name] -= 1

    def reserve(self, name: str, count: int | None) -> None:
        """Reserve concurrency for a function, which becomes its limit too; None removes the reservation.

        Raises ValueError when too little is left for the account's other functions.
        """
        with self._lock:
            others = sum(reserved for other, reserved in self._reserved.items() if other != name)
            if count is None:
                self._reserved.pop(name, None)
            elif count < 0:
                raise ValueError(f"expected ReservedConcurrentExecutions of at least 0, received {count}")
            elif self.limit - others - count < self._unreservable:
                raise ValueError(
                    "Specified ReservedConcurrentExecutions for function decreases account's "
                    f"UnreservedConcurrentExecution below its minimum value of [{self._unreservable}]."
                )
            else:
                self._reserved[name] = count

    def reserved(self, name: str) -> int | None:
        """Return the reserved concurrency of a function."""
        return self._reserved.get(name)

    @property
    def unreserved(self) -> int:
        """Return the concurrency shared by all functions without a reservation."""
        return self.limit - sum(self._reserved.values())

    @property
    def running(self) -> int:
        """Return the number of invocations in flight."""
        return sum(self._running.values())

    def _check(self, name: str) -> None:
        reserved = self._reserved.get(name)
        if reserved is None:
            shared = sum(count for other, count in self._running.items() if other not in self._reserved)
            if shared >= self.unreserved:
                raise Throttled("ConcurrentInvocationLimitExceeded")
        elif self._running[name] >= reserved:
            raise Throttled("ReservedFunctionConcurrentInvocationLimitExceeded")

    def _check_rate(self, name: str, per_place: float) -> None:
        reserved = self._reserved.get(name)
        pool, prefix = ("", "") if reserved is None else (name, "Reserved")
        rate = per_place * (self.unreserved if reserved is None else reserved)
        # a changed reservation is a new rate, with a bucket of its own
        bucket = self._rates.setdefault((pool, rate), TokenBucket(rate, rate))
        if not bucket.take(self._clock()):
            raise Throttled(f"{prefix}FunctionInvocationRateLimitExceeded")
