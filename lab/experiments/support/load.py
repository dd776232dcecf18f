"""Sends requests at planned times, or all at once, and records the outcome of each."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

import msgspec

from lab.containers.outcomes import Outcome
from lab.errors import Throttled
from lab.recorded_traffic import Sample

# more would only measure this machine's threads
_MAX_THREADS = 400
_Result = TypeVar("_Result")


class Sent(msgspec.Struct, frozen=True):
    """One request that was sent, and what came of it unless it was throttled."""

    sample: Sample
    outcome: Outcome | None = None


def steady(rate: float, seconds: float) -> list[float]:
    """Return the due times of ``rate`` requests a second, evenly apart."""
    return [number / rate for number in range(int(rate * seconds))]


def play(
    due_times: Sequence[float], call: Callable[[int], Outcome], *, function: str = "", began: float | None = None
) -> list[Sent]:
    """Send request ``n`` at its due time by ``call(n)`` on a thread of its own; return all in order.

    Times are in seconds since ``began``, a time of the monotonic clock, which is now unless it is given. Whatever
    ``call`` raises except Throttled ends the run: nothing more is sent, and it is raised here when every request that
    was sent is over.
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

    origin = time.monotonic() if began is None else began
    with ThreadPoolExecutor(max_workers=min(len(due_times), _MAX_THREADS) or 1) as pool:
        waiting = []
        for number, due in enumerate(due_times):
            if broken.wait(max(0.0, origin + due - time.monotonic())):
                break
            waiting.append(pool.submit(_one, number, due, origin, guarded, function))
        return [each.result() for each in waiting]


def at_once(count: int, call: Callable[[int], Outcome], *, function: str = "") -> list[Sent]:
    """Send ``count`` requests at the same moment, request ``n`` by ``call(n)``; return all in order."""
    began = time.monotonic()
    return together([partial(_one, number, 0.0, began, call, function) for number in range(count)])


def together(calls: Sequence[Callable[[], _Result]]) -> list[_Result]:
    """Return the results of calls at the same moment: none begins before there is a thread for each."""
    gate = threading.Barrier(len(calls))

    def held(call: Callable[[], _Result]) -> _Result:
        gate.wait()
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(held, calls))


def _one(number: int, due: float, origin: float, call: Callable[[int], Outcome], function: str) -> Sent:
    began = time.monotonic() - origin
    try:
        outcome = call(number)
    except Throttled:
        return Sent(Sample(due=due, began=began, ended=time.monotonic() - origin, status=429, function=function))
    sample = Sample(
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
    return Sent(sample, outcome)
