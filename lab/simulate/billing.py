"""The price of a simulated run, by the same table as ``lab cost``."""

from __future__ import annotations

import msgspec

from lab.costs.prices import AWS, MILLION, gb_seconds


class FunctionSize(msgspec.Struct, frozen=True, kw_only=True):
    """What the price of a millisecond depends on."""

    memory_mb: int = 1024
    architecture: str = "x86"


class BilledUsage(msgspec.Struct, frozen=True, kw_only=True):
    """What is billed: milliseconds on demand, with INIT and pings, and on provisioned containers.

    ``provisioned_s`` is container-seconds of provisioned concurrency, busy or not.
    """

    invocations: float
    billed_ms: float
    ready_billed_ms: float = 0.0
    provisioned_s: float = 0.0


def dollars(usage: BilledUsage, function: FunctionSize) -> float:
    """Return Lambda's part of the bill, without the free tier."""

    def gb_s(billed_ms: float) -> float:
        return gb_seconds(memory_mb=function.memory_mb, billed_ms=billed_ms)

    kind = function.architecture
    return (
        AWS.million_requests.of(usage.invocations / MILLION)
        + AWS.gb_second[kind].of(gb_s(usage.billed_ms))
        + AWS.ready_busy[kind].of(gb_s(usage.ready_billed_ms))
        + AWS.ready[kind].of(gb_s(1000 * usage.provisioned_s))
    )
