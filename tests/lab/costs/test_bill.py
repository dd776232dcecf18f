"""The bill of a month: known amounts, and what each line consists of."""

from __future__ import annotations

import msgspec
import pytest

from lab.costs.bill import Bill, LambdaSetup, ServerSetup, on_lambda, on_servers
from lab.costs.prices import IN_2015
from lab.costs.workload import Workload

PLAIN = Workload(requests=1e6, memory=1024, duration=120, cold_share=0)


URL = LambdaSetup(gateway="url")


def line(name: str, work: Workload = PLAIN, way: LambdaSetup = URL, **changes: float) -> float:
    return on_lambda(msgspec.structs.replace(work, **changes), way).lines[name]


@pytest.mark.parametrize(
    ("requests", "memory", "duration", "dollars"),
    [(22_000_000, 128, 100, 8.98), (1_055_000, 1024, 500, 9.00), (360_000, 1536, 1000, 9.07)],
)
def test_three_months_of_2015_for_about_nine_dollars(requests: int, memory: int, duration: int, dollars: float) -> None:
    work = Workload(requests=requests, memory=memory, duration=duration, cold_share=0)
    assert on_lambda(work, URL, IN_2015).total == pytest.approx(dollars, abs=0.005)


def test_compute_is_memory_times_time() -> None:
    assert line("requests") == pytest.approx(0.20)
    assert line("compute") == pytest.approx(1e6 * 0.120 * 0.0000166667)
    assert line("compute", memory=2048) == pytest.approx(2 * line("compute"))
    assert line("compute", way=LambdaSetup(gateway="url", architecture="arm")) == pytest.approx(
        1e6 * 0.120 * 0.0000133334
    )


def test_init_is_billed_for_the_cold_share() -> None:
    assert line("INIT", cold_share=0.02, init_ms=500) == pytest.approx(1e6 * 0.02 * 0.5 * 0.0000166667)
    assert line("INIT") == 0


@pytest.mark.parametrize(("gateway", "dollars"), [("rest", 3.50), ("http", 1.00), ("url", 0.0)])
def test_a_million_requests_through_a_gateway(gateway: str, dollars: float) -> None:
    assert line("gateway", way=LambdaSetup(gateway=gateway)) == pytest.approx(dollars)


def test_an_http_api_bills_every_512_kb() -> None:
    big = msgspec.structs.replace(PLAIN, response_kb=600)
    assert line("gateway", big, LambdaSetup(gateway="http")) == pytest.approx(2.00)
    assert line("gateway", big, LambdaSetup(gateway="rest")) == pytest.approx(3.50)


def test_s3_and_data_out() -> None:
    assert line("S3 requests", puts=2, gets=1) == pytest.approx(1000 * (2 * 0.005 + 0.0004))
    assert line("S3 storage", stored_gb=100) == pytest.approx(2.30)
    assert line("data out", response_kb=1024 * 1024 / 1000) == pytest.approx(1000 * 0.09)


def test_pings_are_invocations_of_their_own() -> None:
    pings = 3 * 730 * 3600 / 240
    expected = pings / 1e6 * 0.20 + pings * (0.075 + 2 * 0.05) * 0.0000166667
    assert line("keep-warm", ping_every=240, warm=3, ping_ms=75) == pytest.approx(expected)


def test_provisioned_concurrency_is_paid_while_it_waits_and_makes_work_cheaper() -> None:
    work = msgspec.structs.replace(PLAIN, provisioned=2, provisioned_hours=12, provisioned_share=0.75, cold_share=0.1)
    assert line("provisioned, ready", work) == pytest.approx(2 * 730 * 3600 / 2 * 0.0000041667)
    assert line("compute, provisioned", work) == pytest.approx(0.75e6 * 0.120 * 0.0000097222)
    assert line("compute", work) == pytest.approx(0.25 * line("compute"))
    assert line("INIT", work) == pytest.approx(0.25 * line("INIT", cold_share=0.1))


@pytest.mark.parametrize(("hours", "served"), [(24, 730 * 3600 / 0.120), (12, 365 * 3600 / 0.120), (0, 0)])
def test_provisioned_containers_serve_no_more_than_they_have_time_for(hours: float, served: float) -> None:
    """A billion requests were billed on one container, and at the cheaper price where none was ever on."""
    work = msgspec.structs.replace(PLAIN, requests=1e9, provisioned=1, provisioned_hours=hours)
    assert line("compute, provisioned", work) == pytest.approx(served * 0.120 * 0.0000097222)
    assert line("compute", work) == pytest.approx((1e9 - served) / 1e6 * line("compute"))


def test_the_free_tier_covers_a_million_requests_400_000_gb_seconds_and_100_gb() -> None:
    work = Workload(requests=3e6, memory=1536, duration=120, cold_share=0, response_kb=100)
    lines = on_lambda(work, LambdaSetup(gateway="url", free_tier=True)).lines
    assert lines["requests"] == pytest.approx(0.40)
    # AWS's example: 540,000 GB-seconds, of which 140,000 are billed
    assert lines["compute"] == pytest.approx(2.33, abs=0.005)
    assert lines["data out"] == pytest.approx((3e8 / 1024**2 - 100) * 0.09)
    ready = msgspec.structs.replace(work, provisioned=1, provisioned_share=0.0)
    assert on_lambda(ready, LambdaSetup(free_tier=True)).lines["requests"] == pytest.approx(0.60)


def test_the_total_is_the_sum_of_the_lines() -> None:
    assert Bill({"a": 1.0, "b": 2.5}).total == 3.5


def test_servers_cost_the_same_with_nothing_to_do() -> None:
    idle = Workload(requests=0, cold_share=0)
    machines = ServerSetup(kind="t3.medium", count=2, disk_gb=10)
    assert on_servers(idle, machines).total == pytest.approx(2 * (730 * (0.0416 + 0.005) + 10 * 0.08))
    balanced = msgspec.structs.replace(machines, balancer=True)
    assert on_servers(idle, balanced).lines["load balancer"] == pytest.approx(730 * 0.0225)
    assert on_servers(PLAIN, machines).total == on_servers(idle, machines).total


def test_a_load_balancer_has_two_addresses_of_its_own() -> None:
    alone = ServerSetup(count=3)
    assert on_servers(PLAIN, alone).lines["addresses"] == pytest.approx(3 * 730 * 0.005)
    balanced = msgspec.structs.replace(alone, balancer=True)
    assert on_servers(PLAIN, balanced).lines["addresses"] == pytest.approx(5 * 730 * 0.005)


def test_fargate_has_20_gb_of_disk_in_its_price() -> None:
    tasks = ServerSetup(kind="fargate-1", count=2)
    for size, billed in ((8, 0), (20, 0), (50, 30)):
        lines = on_servers(PLAIN, msgspec.structs.replace(tasks, disk_gb=size)).lines
        assert lines["disks"] == pytest.approx(2 * billed * 0.08)


def test_cloudwatch_charges_for_metrics_alarms_and_bytes_of_log() -> None:
    assert line("metrics", metrics=42) == pytest.approx(12.60)
    assert line("metrics", metrics=10_010) == pytest.approx(3001)
    assert line("alarms", alarms=18) == pytest.approx(1.80)
    assert line("log", log_bytes=1024**3 / 1e6) == pytest.approx(0.50)
    free = LambdaSetup(gateway="url", free_tier=True)
    assert [line(name, way=free, metrics=10, alarms=10, log_bytes=1000) for name in ("metrics", "alarms", "log")] == [
        0
    ] * 3


def test_what_cloudfront_answers_reaches_neither_function_nor_gateway_nor_log() -> None:
    rest = LambdaSetup(gateway="rest")
    for name in ("requests", "compute", "gateway", "log"):
        assert line(name, way=rest, edge_share=0.9, log_bytes=500) == pytest.approx(
            line(name, way=rest, log_bytes=500) / 10
        )


def test_cloudfront_sends_the_data_and_counts_every_request() -> None:
    size = 1024 * 1024 / 1000  # a thousand GB in a million requests
    assert line("CloudFront, requests", edge_share=0.5) == pytest.approx(1.10)
    assert line("CloudFront, data out", edge_share=0.5, response_kb=size) == pytest.approx(1000 * 0.085)
    assert "data out" not in on_lambda(msgspec.structs.replace(PLAIN, edge_share=0.5), URL).lines
    servers = on_servers(msgspec.structs.replace(PLAIN, edge_share=0.5, response_kb=size), ServerSetup())
    assert servers.lines["CloudFront, data out"] == pytest.approx(1000 * 0.085)
