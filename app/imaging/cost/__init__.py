"""Estimates the memory and CPU time of a resize before anything is decoded."""

from __future__ import annotations

from typing import Final

import msgspec

# What any job takes on top of everything that grows with it: bytes, and CPU seconds.
FIXED_MEMORY: Final = 4_000_000
FIXED_CPU: Final = 0.005


class Cost(msgspec.Struct, frozen=True):
    """Peak memory above the bare process, in bytes, and CPU time in seconds on one core of about 3 GHz."""

    memory_bytes: int
    cpu_s: float
