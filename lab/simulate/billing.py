"""What a simulated run costs, by the same prices and GB-seconds as ``lab cost``."""

from __future__ import annotations

import msgspec

from lab.costs.prices import AWS, MILLION, Prices, gb_seconds


class FunctionSize(msgspec.Struct, frozen=True, kw_only=True):
    """What is billed for: memory in MB."""

    memory_mb: int = 1024
    architecture: str = "x86"


class BilledUsage(msgspec.Struct, frozen=True, kw_only=True):
    """Billed milliseconds: on demand with INIT and pings, and on provisioned containers; ``provisioned_s`` over all."""

    invocations: float
    billed_ms: float
    ready_billed_ms: float = 0.0
    provisioned_s: float = 0.0


def dollars(usage: BilledUsage, function: FunctionSize, prices: Prices = AWS) -> float:
    """Return what Lambda asks, without the free tier."""

    def used(billed_ms: float) -> float:
        return gb_seconds(memory_mb=function.memory_mb, billed_ms=billed_ms)

    kind = function.architecture
    return (
        prices.million_requests.of(usage.invocations / MILLION)
        + prices.gb_second[kind].of(used(usage.billed_ms))
        + prices.ready_busy[kind].of(used(usage.ready_billed_ms))
        + prices.ready[kind].of(used(1000 * usage.provisioned_s))
    )
