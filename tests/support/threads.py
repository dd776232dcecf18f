"""Calls that run at the same time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def run_concurrently(*calls: Callable[[], T], timeout_s: float = 120) -> list[T]:
    """Start every call at the same moment, each in its own thread; return their results, or raise what one raises."""
    barrier = threading.Barrier(len(calls))

    def run(call: Callable[[], T]) -> T:
        barrier.wait(timeout_s)
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return [future.result(timeout_s) for future in [pool.submit(run, call) for call in calls]]
