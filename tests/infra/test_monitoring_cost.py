from __future__ import annotations

import msgspec

from infra.package.build import ROOT
from lab.costs.bill import LambdaSetup, on_lambda
from lab.costs.workload import Workload
from tests.infra.monitoring_cost import MonitoringUse, measure

PAGE = (ROOT / "docs" / "cost.md").read_text()


def test_the_cost_page_says_what_a_run_sends() -> None:
    use: MonitoringUse = measure()
    assert use.routes == 16  # 14 of HTTP, what matches none, and the ping
    assert f"- {use.healthy_metrics} metrics (16 routes with two each" in PAGE
    assert f"there are {use.most_metrics} in that hour" in PAGE
    assert f"- {use.alarms} metrics that the alarms" in PAGE
    assert f"about {round(use.log_bytes, -2):,} bytes of log per request" in PAGE
    assert f"--metrics {use.healthy_metrics} --alarms {use.alarms} --log-bytes {round(use.log_bytes, -2)}" in PAGE


def test_the_cost_page_says_what_that_costs() -> None:
    plain = Workload(requests=1e6, memory=1769)
    watched = on_lambda(msgspec.structs.replace(plain, metrics=35, alarms=15, log_bytes=1300), LambdaSetup())
    watching = sum(watched.lines[name] for name in ("metrics", "alarms", "log"))
    work = watched.total - watching
    assert f"watching costs {watching:.2f} dollars and the work {work:.2f}" in PAGE
    many = Workload(requests=1e7, memory=1769, response_kb=60)
    through_edge = msgspec.structs.replace(many, edge_share=0.9)
    totals = [on_lambda(each, LambdaSetup()).total for each in (through_edge, many)]
    assert f"cost {totals[0]:.2f} dollars\ninstead of {totals[1]:.2f}" in PAGE
    ready = on_lambda(msgspec.structs.replace(plain, provisioned=1), LambdaSetup()).lines["provisioned, ready"]
    assert f"always ready costs {ready:.2f} dollars" in PAGE


def test_provisioned_concurrency_pays_where_the_page_says() -> None:
    month = Workload(requests=13.2e6, memory=1769, cold_share=0)
    totals = [on_lambda(msgspec.structs.replace(month, provisioned=n), LambdaSetup()).total for n in (1, 0)]
    assert totals[0] < totals[1] < 1.01 * totals[0]
