"""Estimates what a resize will take, from header and plan alone, for the worst content there is: noise."""

from __future__ import annotations

import msgspec

from app.imaging.choice import Output
from app.imaging.geometry import Plan
from app.imaging.header import Header


class Cost(msgspec.Struct, frozen=True):
    """Peak memory above the bare process, in bytes, and CPU time in seconds."""

    memory_bytes: int
    cpu_s: float


def estimate(header: Header, plan: Plan, output: Output) -> Cost:
    """Return the cost of one resize."""
    pixels = plan.canvas[0] * plan.canvas[1] * output.frames
    return Cost(header.pixels * 8 + pixels * 12 + 2 * header.bytes, header.pixels * 1e-7 + pixels * 1e-6)


def verify_cost(header: Header) -> Cost:
    """Return the cost of decoding every frame once."""
    return Cost(header.pixels * 8 + 2 * header.bytes, header.pixels * header.frames * 1e-7)
