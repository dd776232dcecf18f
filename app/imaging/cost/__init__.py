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


class Rate(msgspec.Struct, frozen=True):
    """What a codec takes per pixel: ``memory`` in bytes, ``cpu`` in nanoseconds; ``_alpha`` instead with alpha."""

    memory: float
    memory_alpha: float
    cpu: float
    cpu_alpha: float

    def bytes(self, alpha: bool) -> float:
        """Return the bytes per pixel."""
        return self.memory_alpha if alpha else self.memory

    def seconds(self, alpha: bool) -> float:
        """Return the seconds per pixel."""
        return (self.cpu_alpha if alpha else self.cpu) * 1e-9
