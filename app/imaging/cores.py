"""Spreads work over several cores; what comes out does not depend on how many they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def spread(task: Callable[[Item], Result], items: Sequence[Item], *, most: int) -> list[Result]:
    """Return ``task`` of each item in their order, on at most ``most`` threads; raises what the first task raised."""
    threads = min(most, len(items))
    if threads < 2:
        return [task(item) for item in items]
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(task, items))
