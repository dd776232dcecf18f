"""What AWS asks for: one dated table, and the arithmetic of one invocation."""

from __future__ import annotations

import msgspec


class Prices(msgspec.Struct, frozen=True, kw_only=True):
    """Prices in dollars, with where and when they were read."""

    region: str
    read_on: str
    source: str
    gb_second_x86: float
    gb_second_arm: float
    million_requests: float


LAMBDA = Prices(
    region="us-east-1",
    read_on="2026-11-21",
    source="https://aws.amazon.com/lambda/pricing/ (first tier, without the free tier)",
    gb_second_x86=0.0000166667,
    gb_second_arm=0.0000133334,
    million_requests=0.20,
)


def gb_seconds(*, memory_mb: int, billed_ms: float) -> float:
    """Return what Lambda counts: memory in GiB times billed time in seconds."""
    return memory_mb / 1024 * billed_ms / 1000


def invocations(count: int, gb_s: float, prices: Prices = LAMBDA) -> float:
    """Return the dollars for ``count`` invocations that used ``gb_s`` GB-seconds together, on x86."""
    return count * prices.million_requests / 1e6 + gb_s * prices.gb_second_x86
