"""The lines of a month's bill."""

from __future__ import annotations

from itertools import accumulate, pairwise

import msgspec

from lab.costs.prices import AWS, HOURS_A_MONTH, MILLION, Prices
from lab.costs.workload import Workload

# https://aws.amazon.com/elasticloadbalancing/pricing/: an LCU is 25 new connections a second, or a GB an hour
_CONNECTIONS_PER_LCU = 25
# a load balancer is in two zones at least, with a public address in each
_BALANCER_ADDRESSES = 2


class Bill(msgspec.Struct, frozen=True):
    """Dollars a month, by line."""

    lines: dict[str, float]

    @property
    def total(self) -> float:
        """Return the sum."""
        return sum(self.lines.values())


class LambdaSetup(msgspec.Struct, frozen=True, kw_only=True):
    """The setup on Lambda; ``free_tier`` subtracts the part that never expires, so not API Gateway's first year."""

    architecture: str = "x86"
    gateway: str = "rest"
    free_tier: bool = False


class ServerSetup(msgspec.Struct, frozen=True, kw_only=True):
    """Servers that are always on, each with a public address and a disk; a load balancer has addresses of its own."""

    kind: str = "t4g.small"
    count: int = 1
    disk_gb: float = 8.0
    balancer: bool = False

    def vcpus(self, prices: Prices) -> float:
        """Return the vCPUs of all servers together."""
        return self.count * prices.server[self.kind].vcpus


def on_lambda(work: Workload, setup: LambdaSetup, prices: Prices = AWS) -> Bill:
    """Return the bill of Lambda, a gateway, CloudWatch, S3 and CloudFront."""
    origin = work.at_origin()
    lines = _invocations(origin, setup, prices)
    if work.provisioned:
        lines["provisioned, ready"] = prices.ready[setup.architecture].of(work.ready_gb_seconds)
    lines["gateway"] = prices.gateway[setup.gateway].of(origin.metered_calls(setup.gateway) / MILLION)
    lines |= _monitoring(origin, prices, free_tier=setup.free_tier)
    return Bill(lines | _storage_and_traffic(work, prices, free_tier=setup.free_tier))


def on_servers(work: Workload, setup: ServerSetup, prices: Prices = AWS, *, free_tier: bool = False) -> Bill:
    """Return the bill of the servers, S3 and CloudFront; idle servers cost as much as busy ones."""
    origin = work.at_origin()
    server = prices.server[setup.kind]
    addresses = setup.count + _BALANCER_ADDRESSES * setup.balancer
    lines = {
        "servers": setup.count * server.dollars_hour * HOURS_A_MONTH,
        "addresses": prices.address_hour.of(addresses * HOURS_A_MONTH),
        "disks": prices.disk_gb_month.of(setup.count * max(0.0, setup.disk_gb - server.disk_gb)),
    }
    if setup.balancer:
        units = max(origin.per_second() / _CONNECTIONS_PER_LCU, origin.gb_out / HOURS_A_MONTH)
        lines["load balancer"] = prices.balancer_hour.of(HOURS_A_MONTH) + prices.balancer_unit_hour.of(
            units * HOURS_A_MONTH
        )
    return Bill(lines | _storage_and_traffic(work, prices, free_tier=free_tier))


def _invocations(work: Workload, setup: LambdaSetup, prices: Prices) -> dict[str, float]:
    """Return requests, compute, INIT and pings; the free tier is used up in this order."""
    # https://aws.amazon.com/lambda/pricing/: a function with provisioned concurrency has no free tier
    free = setup.free_tier and not work.provisioned
    on_demand = work.requests * (1 - work.ready_share)
    used = {
        "compute": work.gb_seconds(on_demand * work.duration),
        "INIT": work.gb_seconds(on_demand * work.cold_share * work.init_ms),
        "keep-warm": work.gb_seconds(work.pings * work.held_ms),
    }
    gb_second = prices.gb_second[setup.architecture]
    running = [gb_second.of(gb_s, free_tier=free) for gb_s in accumulate(used.values(), initial=0.0)]
    lines = {name: after - before for name, (before, after) in zip(used, pairwise(running), strict=True)}
    million = prices.million_requests
    requests = million.of(work.requests / MILLION, free_tier=free)
    lines["keep-warm"] += million.of((work.requests + work.pings) / MILLION, free_tier=free) - requests
    if work.provisioned:
        busy = work.gb_seconds(work.requests * work.ready_share * work.duration)
        lines["compute, provisioned"] = prices.ready_busy[setup.architecture].of(busy)
    return {"requests": requests, **lines}


def _monitoring(origin: Workload, prices: Prices, *, free_tier: bool) -> dict[str, float]:
    """Return what CloudWatch charges for metrics, alarms and taking in the log."""
    return {
        "metrics": prices.metric_month.of(origin.metrics, free_tier=free_tier),
        "alarms": prices.alarm_month.of(origin.alarms, free_tier=free_tier),
        "log": prices.log_gb.of(origin.log_gb, free_tier=free_tier),
    }


def _storage_and_traffic(work: Workload, prices: Prices, *, free_tier: bool) -> dict[str, float]:
    """Return the lines that Lambda and servers share: S3, and data sent out of AWS, by CloudFront if there is one."""
    requests = work.at_origin().requests
    lines = {
        "S3 requests": prices.s3_put.of(requests * work.puts / 1000) + prices.s3_get.of(requests * work.gets / 1000),
        "S3 storage": prices.s3_gb_month.of(work.stored_gb),
    }
    if not work.edge_share:
        return {**lines, "data out": prices.gb_out.of(work.gb_out, free_tier=free_tier)}
    millions = work.requests / MILLION
    return {
        **lines,
        "CloudFront, requests": prices.edge_requests.of(millions, free_tier=free_tier)
        + prices.edge_calls.of(millions, free_tier=free_tier),
        "CloudFront, data out": prices.edge_gb_out.of(work.gb_out, free_tier=free_tier),
    }
