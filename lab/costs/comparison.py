"""The answer of ``python -m lab cost``: as values, and as a table to read."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from lab.commands.cost_options import CostQuery
from lab.costs.bill import LambdaSetup, ServerSetup, on_lambda, on_servers
from lab.costs.break_even import break_even
from lab.costs.prices import Prices
from lab.costs.workload import Workload

_WIDTH = 24


class LambdaCost(msgspec.Struct, frozen=True, kw_only=True):
    """One way on Lambda: dollars a month, and the requests a month from which the servers are cheaper.

    ``servers_busy`` is how busy their cores are then, if all of an invocation's time is CPU; above 1
    there have to be more of them, and the break-even is further away.
    """

    architecture: str
    gateway: str
    lines: dict[str, float]
    total: float
    break_even_requests: float | None
    servers_busy: float | None


class CostComparison(msgspec.Struct, frozen=True, kw_only=True):
    """All of it; the first of ``ways`` is the one that was asked for."""

    region: str
    prices_of: str
    workload: Workload
    free_tier: bool
    ways: tuple[LambdaCost, ...]
    machines: ServerSetup
    servers: dict[str, float]
    servers_total: float
    servers_busy: float


def answer(asked: CostQuery) -> CostComparison:
    """Return the bills of the way that was asked for, of the other ways, and of the servers."""
    servers = on_servers(asked.work, asked.machines, asked.prices, free_tier=asked.way.free_tier)
    return CostComparison(
        region=asked.prices.region,
        prices_of=asked.prices.read_on,
        workload=asked.work,
        free_tier=asked.way.free_tier,
        ways=tuple(_way(asked, way) for way in _ways(asked.way, asked.prices)),
        machines=asked.machines,
        servers=servers.lines,
        servers_total=servers.total,
        servers_busy=asked.work.busy_share(_vcpus(asked)),
    )


def text(given: CostComparison) -> str:
    """Return the answer as a table to read."""
    return "\n".join([*_heading(given), "", *_bill(given), "", *_others(given), "", *_servers(given)])


def _ways(first: LambdaSetup, prices: Prices) -> Iterator[LambdaSetup]:
    yield first
    for architecture in prices.gb_second:
        for gateway in prices.gateway:
            way = msgspec.structs.replace(first, architecture=architecture, gateway=gateway)
            if way != first:
                yield way


def _way(asked: CostQuery, way: LambdaSetup) -> LambdaCost:
    bill = on_lambda(asked.work, way, asked.prices)
    requests = break_even(asked.work, way, asked.machines, asked.prices)
    then = msgspec.structs.replace(asked.work, requests=requests or 0.0)
    return LambdaCost(
        architecture=way.architecture,
        gateway=way.gateway,
        lines=bill.lines,
        total=bill.total,
        break_even_requests=requests,
        servers_busy=then.busy_share(_vcpus(asked)) if requests else None,
    )


def _vcpus(asked: CostQuery) -> float:
    return asked.machines.count * asked.prices.server[asked.machines.kind].vcpus


def _heading(given: CostComparison) -> Iterator[str]:
    work = given.workload
    yield (
        f"{work.requests:,.0f} requests a month ({work.per_second():.3g}/s) of {work.duration:g} ms "
        f"at {work.memory} MB, {100 * work.cold_share:g} % cold with {work.init_ms:g} ms of INIT"
    )
    free = "with" if given.free_tier else "without"
    yield f"Dollars a month, {given.region}, prices of {given.prices_of}, {free} the free tier"


def _bill(given: CostComparison) -> Iterator[str]:
    way = given.ways[0]
    yield f"Lambda {way.architecture}, {_gateway(way.gateway)}"
    yield from _lines(way.lines, way.total)


def _lines(lines: dict[str, float], total: float) -> Iterator[str]:
    for name, dollars in lines.items():
        if dollars:
            yield f"  {name:<{_WIDTH}}{dollars:>12,.2f}"
    yield f"  {'total':<{_WIDTH}}{total:>12,.2f}"


def _others(given: CostComparison) -> Iterator[str]:
    yield f"{'every way':<{_WIDTH + 2}}{'$ a month':>12}{'servers cheaper from':>34}{'their cores then':>18}"
    for way in given.ways:
        name = f"{way.architecture}, {_gateway(way.gateway)}"
        busy = "" if way.servers_busy is None else f"{100 * way.servers_busy:,.0f} % busy"
        yield f"  {name:<{_WIDTH}}{way.total:>12,.2f}{_from(way.break_even_requests):>34}{busy:>18}"


def _from(requests: float | None) -> str:
    if requests is None:
        return "never"
    return f"{requests:,.0f} requests a month" if requests else "the first request"


def _servers(given: CostComparison) -> Iterator[str]:
    yield f"{given.machines.count} x {given.machines.kind}, always on, {100 * given.servers_busy:,.1f} % busy"
    yield from _lines(given.servers, given.servers_total)


def _gateway(kind: str) -> str:
    return {"rest": "REST API", "http": "HTTP API"}.get(kind, "Function URL")
