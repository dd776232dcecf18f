"""The number of requests from which a server is cheaper."""

from __future__ import annotations

import msgspec
import pytest

from lab.costs.bill import LambdaSetup, ServerSetup, on_lambda, on_servers
from lab.costs.break_even import break_even, root
from lab.costs.workload import Workload

PLAIN = Workload(requests=1e6, memory=1024, duration=120, cold_share=0)


@pytest.mark.parametrize("gateway", ["rest", "http", "url"])
@pytest.mark.parametrize("free_tier", [False, True])
def test_at_the_break_even_both_cost_the_same(gateway: str, free_tier: bool) -> None:
    way, machines = LambdaSetup(gateway=gateway, free_tier=free_tier), ServerSetup()
    work = msgspec.structs.replace(PLAIN, gets=1, response_kb=10)
    requests = break_even(work, way, machines)
    assert requests
    there = msgspec.structs.replace(work, requests=requests)
    assert on_lambda(there, way).total == pytest.approx(on_servers(there, machines, free_tier=free_tier).total)
    less = msgspec.structs.replace(work, requests=requests * 0.9)
    assert on_lambda(less, way).total < on_servers(less, machines, free_tier=free_tier).total


def test_a_break_even_worked_out_by_hand() -> None:
    # 0.20 + 2.000004 + 3.50 dollars a million against 730 hours of server and address, and a disk
    fixed = 730 * (0.0168 + 0.005) + 8 * 0.08
    assert break_even(PLAIN, LambdaSetup(), ServerSetup()) == pytest.approx(1e6 * fixed / 5.700004)


def test_a_server_may_always_or_never_be_cheaper() -> None:
    ready = msgspec.structs.replace(PLAIN, provisioned=100)
    assert break_even(ready, LambdaSetup(), ServerSetup()) == 0
    assert root(lambda requests: -1.0) is None
    assert root(lambda requests: requests - 7) == pytest.approx(7)
