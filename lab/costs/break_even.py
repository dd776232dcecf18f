"""The number of requests a month at which Lambda costs as much as servers that are always on."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from lab.costs.bill import LambdaSetup, ServerSetup, on_lambda, on_servers
from lab.costs.prices import AWS, Prices
from lab.costs.workload import Workload

_MAX_REQUESTS = 1e13
_HALVINGS = 80


def break_even(work: Workload, setup: LambdaSetup, servers: ServerSetup, prices: Prices = AWS) -> float | None:
    """Return the requests a month from which the servers are cheaper; 0 when they always are, None when never.

    Everything but the number of requests stays as ``work`` has it.
    """

    def excess(requests: float) -> float:
        at = msgspec.structs.replace(work, requests=requests)
        server_bill = on_servers(at, servers, prices, free_tier=setup.free_tier)
        return on_lambda(at, setup, prices).total - server_bill.total

    return root(excess)


def root(excess: Callable[[float], float]) -> float | None:
    """Return where an increasing function crosses zero: 0 when it starts above, None when it stays below."""
    low, high = 0.0, _MAX_REQUESTS
    if excess(low) >= 0:
        return 0.0
    if excess(high) < 0:
        return None
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if excess(middle) < 0 else (low, middle)
    return high
