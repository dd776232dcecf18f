"""The comparison of Lambda with servers."""

from __future__ import annotations

import pytest

from lab.costs.bill import LambdaSetup, ServerSetup
from lab.costs.comparison import compare, table
from lab.costs.prices import AWS
from lab.costs.workload import Workload

QUERY = (
    Workload(requests=1e6, memory=1769, duration=100),
    LambdaSetup(architecture="arm", gateway="http"),
    ServerSetup(kind="t3.large", count=3),
    AWS,
)


def test_the_requested_setup_comes_first_and_every_other_once() -> None:
    setups = [(cost.architecture, cost.gateway) for cost in compare(*QUERY).ways]
    assert setups[0] == ("arm", "http")
    assert sorted(setups) == sorted((kind, gateway) for kind in AWS.gb_second for gateway in AWS.gateway)


def test_all_servers_share_the_load() -> None:
    comparison = compare(*QUERY)
    assert comparison.servers_busy == pytest.approx(1e6 * 0.1 / (730 * 3600 * 3 * 2))
    cost = comparison.ways[0]
    assert cost.break_even_requests
    assert cost.servers_busy == pytest.approx(comparison.servers_busy * cost.break_even_requests / 1e6)


def test_the_table_has_every_setup_and_no_line_of_nothing() -> None:
    text = table(compare(*QUERY))
    assert all(
        f"{kind}, {name}" in text for kind in ("x86", "arm") for name in ("REST API", "HTTP API", "Function URL")
    )
    assert " 0.00" not in text
