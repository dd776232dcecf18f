"""Traffic with planned arrivals, and the record of what became of each request."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from statistics import quantiles

import msgspec

from lab.containers.outcomes import Outcome
from lab.errors import Throttled

# more would only measure this machine's threads
_MOST_AT_ONCE = 400


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """One request, in seconds since the run began: when it was due, sent, and answered.

    ``status`` is 200, 500 for an error and 429 for a refusal, which has no container. ``init_ms`` comes
    with a cold start; ``duration_ms`` is the invocation's own, without the wait for a container.
    """

    due: float
    began: float
    ended: float
    container: str = ""
    cold: bool = False
    status: int = 200
    function: str = ""
    init_ms: float | None = None
    duration_ms: float = 0.0

    @property
    def latency_ms(self) -> float:
        """Return what the caller waited, counted from when the request was due, so that queueing here is not hidden."""
        return 1000 * (self.ended - self.due)


def play(dues: Sequence[float], call: Callable[[int], Outcome], *, function: str = "") -> list[Sample]:
    """Send request ``n`` at its due time by ``call(n)`` on a thread of its own, and return the samples in order.

    What ``call`` raises, refusals aside, ends the run: no more is sent, and it is raised here once
    every request that was sent is over.
    """
    broken = threading.Event()

    def guarded(number: int) -> Outcome:
        try:
            return call(number)
        except Throttled:
            raise
        except BaseException:
            broken.set()
            raise

    began = time.monotonic()
    with ThreadPoolExecutor(max_workers=min(len(dues), _MOST_AT_ONCE) or 1) as pool:
        waiting = []
        for number, due in enumerate(dues):
            if broken.wait(max(0.0, began + due - time.monotonic())):
                break
            waiting.append(pool.submit(_one, number, due, began, guarded, function))
        return [each.result() for each in waiting]


def at_once(count: int, call: Callable[[int], Outcome], *, function: str = "") -> list[Sample]:
    """Send ``count`` requests at the same moment: no call begins before all threads stand ready."""
    gate = threading.Barrier(count)

    def held(number: int) -> Outcome:
        gate.wait()
        return call(number)

    began = time.monotonic()
    with ThreadPoolExecutor(max_workers=count) as pool:
        waiting = [pool.submit(_one, number, 0.0, began, held, function) for number in range(count)]
        return [each.result() for each in waiting]


def p99(values: Sequence[float]) -> float:
    """Return what 99 of 100 do not pass, between two values where it falls there."""
    return quantiles(values, n=100, method="inclusive")[98] if len(values) > 1 else float(values[0])


def _one(number: int, due: float, origin: float, call: Callable[[int], Outcome], function: str) -> Sample:
    began = time.monotonic() - origin
    try:
        outcome = call(number)
    except Throttled:
        return Sample(due=due, began=began, ended=time.monotonic() - origin, status=429, function=function)
    return Sample(
        due=due,
        began=began,
        ended=time.monotonic() - origin,
        container=outcome.container,
        cold=outcome.cold,
        status=500 if outcome.error_type else 200,
        function=function,
        init_ms=outcome.report.init_ms,
        duration_ms=outcome.report.duration_ms,
    )
