"""Waits for a condition that a container or a server makes true."""

from __future__ import annotations

import time
from collections.abc import Callable


def becomes_true(condition: Callable[[], object], *, within_s: float, interval_s: float = 0.02) -> bool:
    """Check a condition every ``interval_s`` seconds; return whether it held within ``within_s``."""
    end = time.monotonic() + within_s
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(interval_s)
    return True


def wait_until(condition: Callable[[], object], what: str, *, within_s: float, interval_s: float = 0.02) -> None:
    """Wait for a condition; raise RuntimeError, which says what was awaited, when it does not hold in time."""
    if not becomes_true(condition, within_s=within_s, interval_s=interval_s):
        raise RuntimeError(f"waited {within_s:g} s in vain for {what}")
