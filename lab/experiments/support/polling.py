"""Waiting for what a container or an origin does in its own time."""

from __future__ import annotations

import time
from collections.abc import Callable


def comes_true(condition: Callable[[], object], *, within_s: float, look_s: float = 0.02) -> bool:
    """Look every ``look_s`` seconds until a condition holds; say whether it did within the time."""
    end = time.monotonic() + within_s
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(look_s)
    return True
