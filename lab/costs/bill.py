"""The lines of a month's bill."""

from __future__ import annotations

from itertools import accumulate, pairwise

import msgspec

from lab.costs.prices import AWS, HOURS_A_MONTH, MILLION, Prices
from lab.costs.workload import Workload

# https://aws.amazon.com/elasticloadbalancing/pricing/: a unit is this many new connections a second, or a GB an hour
_CONNECTIONS_A_UNIT = 25


class Bill(msgspec.Struct, frozen=True):
    """Dollars a month by line."""

    lines: dict[str, float]

    @property
    def total(self) -> float:
        """Return the sum."""
        return sum(self.lines.values())


class LambdaSetup(msgspec.Struct, frozen=True, kw_only=True):
    """One way to run it on Lambda; ``free_tier`` takes off what never expires: not API Gateway's first year."""

    architecture: str = "x86"
    gateway: str = "rest"
    free_tier: bool = False


class ServerSetup(msgspec.Struct, frozen=True, kw_only=True):
    """Servers that are always on, each with a public address and a disk."""

    kind: str = "t4g.small"
    count: int = 1
    disk_gb: float = 8.0
    balancer: bool = False


def on_lambda(work: Workload, way: LambdaSetup, prices: Prices = AWS) -> Bill:
    """Return what Lambda, a gateway and S3 ask."""
    lines = _invocations(work, way, prices)
    if work.provisioned:
        lines["provisioned, ready"] = prices.ready[way.architecture].of(work.ready_gb_seconds)
    lines["gateway"] = prices.gateway[way.gateway].of(work.calls(way.gateway) / MILLION)
    return Bill(lines | _around(work, prices, free_tier=way.free_tier))


def on_servers(work: Workload, machines: ServerSetup, prices: Prices = AWS, *, free_tier: bool = False) -> Bill:
    """Return what servers and S3 ask; they cost the same however little there is to do."""
    server = prices.server[machines.kind]
    lines = {
        "servers": machines.count * server.dollars_hour * HOURS_A_MONTH,
        "addresses": prices.address_hour.of(machines.count * HOURS_A_MONTH),
        "disks": prices.disk_gb_month.of(machines.count * machines.disk_gb),
    }
    if machines.balancer:
        units = max(work.per_second() / _CONNECTIONS_A_UNIT, work.gb_out / HOURS_A_MONTH)
        lines["load balancer"] = prices.balancer_hour.of(HOURS_A_MONTH) + prices.balancer_unit_hour.of(
            units * HOURS_A_MONTH
        )
    return Bill(lines | _around(work, prices, free_tier=free_tier))


def _invocations(work: Workload, way: LambdaSetup, prices: Prices) -> dict[str, float]:
    """Return requests, compute, INIT and pings; the free tier goes to the earlier lines first."""
    # https://aws.amazon.com/lambda/pricing/: a function with provisioned concurrency has no free tier
    free = way.free_tier and not work.provisioned
    on_demand = work.requests * (1 - work.ready_share)
    used = {
        "compute": work.gb_seconds(on_demand * work.duration),
        "INIT": work.gb_seconds(on_demand * work.cold_share * work.init_ms),
        "keep-warm": work.gb_seconds(work.pings * work.ping_ms),
    }
    price = prices.gb_second[way.architecture]
    so_far = [price.of(gb_s, free_tier=free) for gb_s in accumulate(used.values(), initial=0.0)]
    lines = {name: after - before for name, (before, after) in zip(used, pairwise(so_far), strict=True)}
    calls = prices.million_requests
    asked = calls.of(work.requests / MILLION, free_tier=free)
    lines["keep-warm"] += calls.of((work.requests + work.pings) / MILLION, free_tier=free) - asked
    if work.provisioned:
        busy = work.gb_seconds(work.requests * work.ready_share * work.duration)
        lines["compute, provisioned"] = prices.ready_busy[way.architecture].of(busy)
    return {"requests": asked, **lines}


def _around(work: Workload, prices: Prices, *, free_tier: bool) -> dict[str, float]:
    """Return what both ways pay: S3 and the data that leaves."""
    return {
        "S3 requests": prices.s3_put.of(work.requests * work.puts / 1000)
        + prices.s3_get.of(work.requests * work.gets / 1000),
        "S3 storage": prices.s3_gb_month.of(work.stored_gb),
        "data out": prices.gb_out.of(work.gb_out, free_tier=free_tier),
    }
