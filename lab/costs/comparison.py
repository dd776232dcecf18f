"""Compares a month's bill on Lambda with that on servers: as values, and as a table to read."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from lab.costs.bill import LambdaSetup, ServerSetup, on_lambda, on_servers
from lab.costs.break_even import break_even
from lab.costs.prices import Prices
from lab.costs.workload import Workload
from measurement.plain import plain

_WIDTH = 24


class LambdaCost(msgspec.Struct, frozen=True, kw_only=True):
    """One setup on Lambda: dollars a month, and the requests a month from which the servers are cheaper.

    ``servers_busy`` is how busy the servers' cores are at that break-even, if an invocation's time is all
    CPU; above 1 it takes more servers, and the break-even is further away.
    """

    architecture: str
    gateway: str
    lines: dict[str, float]
    total: float
    break_even_requests: float | None
    servers_busy: float | None


class CostComparison(msgspec.Struct, frozen=True, kw_only=True):
    """The bills side by side; the first of ``ways`` is the requested setup."""

    region: str
    prices_of: str
    workload: Workload
    free_tier: bool
    ways: tuple[LambdaCost, ...]
    machines: ServerSetup
    servers: dict[str, float]
    servers_total: float
    servers_busy: float


def compare(work: Workload, setup: LambdaSetup, servers: ServerSetup, prices: Prices) -> CostComparison:
    """Return the bills of a month's work with the requested setup, with every other setup, and on the servers."""
    bill = on_servers(work, servers, prices, free_tier=setup.free_tier)
    return CostComparison(
        region=prices.region,
        prices_of=prices.read_on,
        workload=work,
        free_tier=setup.free_tier,
        ways=tuple(_lambda_cost(work, each, servers, prices) for each in _setups(setup, prices)),
        machines=servers,
        servers=bill.lines,
        servers_total=bill.total,
        servers_busy=work.busy_share(servers.vcpus(prices)),
    )


def table(comparison: CostComparison) -> str:
    """Return the comparison as text."""
    parts = (_heading(comparison), _bill(comparison), _all_setups(comparison), _servers(comparison))
    return "\n\n".join("\n".join(part) for part in parts)


def _setups(first: LambdaSetup, prices: Prices) -> Iterator[LambdaSetup]:
    yield first
    for architecture in prices.gb_second:
        for gateway in prices.gateway:
            setup = msgspec.structs.replace(first, architecture=architecture, gateway=gateway)
            if setup != first:
                yield setup


def _lambda_cost(work: Workload, setup: LambdaSetup, servers: ServerSetup, prices: Prices) -> LambdaCost:
    bill = on_lambda(work, setup, prices)
    requests = break_even(work, setup, servers, prices)
    at_break_even = msgspec.structs.replace(work, requests=requests or 0.0)
    return LambdaCost(
        architecture=setup.architecture,
        gateway=setup.gateway,
        lines=bill.lines,
        total=bill.total,
        break_even_requests=requests,
        servers_busy=at_break_even.busy_share(servers.vcpus(prices)) if requests else None,
    )


def _heading(comparison: CostComparison) -> Iterator[str]:
    work = comparison.workload
    yield (
        f"{work.requests:,.0f} requests a month ({plain(work.per_second(), 3)}/s) of {work.duration:g} ms "
        f"at {work.memory} MB, {100 * work.cold_share:g} % cold with {work.init_ms:g} ms of INIT"
    )
    free = "with" if comparison.free_tier else "without"
    yield f"Dollars a month, {comparison.region}, prices of {comparison.prices_of}, {free} the free tier"


def _bill(comparison: CostComparison) -> Iterator[str]:
    setup = comparison.ways[0]
    yield f"Lambda {setup.architecture}, {_gateway(setup.gateway)}"
    yield from _lines(setup.lines, setup.total)


def _lines(lines: dict[str, float], total: float) -> Iterator[str]:
    for name, dollars in lines.items():
        if dollars:
            yield f"  {name:<{_WIDTH}}{dollars:>12,.2f}"
    yield f"  {'total':<{_WIDTH}}{total:>12,.2f}"


def _all_setups(comparison: CostComparison) -> Iterator[str]:
    yield f"{'every setup':<{_WIDTH + 2}}{'$ a month':>12}{'servers cheaper from':>34}{'server CPU there':>18}"
    for cost in comparison.ways:
        name = f"{cost.architecture}, {_gateway(cost.gateway)}"
        busy = "" if cost.servers_busy is None else f"{100 * cost.servers_busy:,.0f} % busy"
        yield f"  {name:<{_WIDTH}}{cost.total:>12,.2f}{_break_even(cost.break_even_requests):>34}{busy:>18}"


def _break_even(requests: float | None) -> str:
    if requests is None:
        return "never"
    return f"{requests:,.0f} requests a month" if requests else "the first request"


def _servers(comparison: CostComparison) -> Iterator[str]:
    servers = comparison.machines
    yield f"{servers.count} x {servers.kind}, always on, {100 * comparison.servers_busy:,.1f} % busy"
    yield from _lines(comparison.servers, comparison.servers_total)


def _gateway(kind: str) -> str:
    return {"rest": "REST API", "http": "HTTP API"}.get(kind, "Function URL")
