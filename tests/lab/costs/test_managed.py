"""The price of Managed Instances, worked out by hand."""

from __future__ import annotations

import pytest

from lab.costs.managed import on_managed_instances, servers_cheaper_from
from lab.costs.workload import Workload


def test_the_bill_is_servers_a_fee_and_requests() -> None:
    bill = on_managed_instances(5e6)
    servers = 3 * 0.0816 * 730
    assert bill.lines == pytest.approx({"requests": 1.0, "servers": servers, "management fee": 0.15 * servers})


def test_the_break_even_worked_out_by_hand() -> None:
    # 1 GB for a second costs 0.0000133334 on arm
    work = Workload(requests=0, memory=1024, duration=1000)
    assert servers_cheaper_from(work) == pytest.approx(1.15 * 3 * 0.0816 * 730 / 0.0000133334)
