"""The bill of a month: known answers, each line's part in it, and where a server becomes cheaper."""

from __future__ import annotations

import json

import msgspec
import pytest

from lab.cli import main
from lab.costs.bill import Bill, LambdaSetup, ServerSetup, on_lambda, on_servers
from lab.costs.break_even import break_even, root
from lab.costs.prices import AWS, IN_2015, Price
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


def test_an_http_api_meters_every_512_kb() -> None:
    big = msgspec.structs.replace(PLAIN, response_kb=600)
    assert line("gateway", big, LambdaSetup(gateway="http")) == pytest.approx(2.00)
    assert line("gateway", big, LambdaSetup(gateway="rest")) == pytest.approx(3.50)


def test_s3_and_data_out() -> None:
    assert line("S3 requests", puts=2, gets=1) == pytest.approx(1000 * (2 * 0.005 + 0.0004))
    assert line("S3 storage", stored_gb=100) == pytest.approx(2.30)
    assert line("data out", response_kb=1024 * 1024 / 1000) == pytest.approx(1000 * 0.09)


def test_pings_are_invocations_of_their_own() -> None:
    pings = 3 * 730 * 3600 / 240
    expected = pings / 1e6 * 0.20 + pings * 0.075 * 0.0000166667
    assert line("keep-warm", ping_every=240, warm=3, ping_ms=75) == pytest.approx(expected)


def test_provisioned_concurrency_is_paid_while_it_waits_and_makes_work_cheaper() -> None:
    work = msgspec.structs.replace(PLAIN, provisioned=2, provisioned_hours=12, provisioned_share=0.75, cold_share=0.1)
    assert line("provisioned, ready", work) == pytest.approx(2 * 730 * 3600 / 2 * 0.0000041667)
    assert line("compute, provisioned", work) == pytest.approx(0.75e6 * 0.120 * 0.0000097222)
    assert line("compute", work) == pytest.approx(0.25 * line("compute"))
    assert line("INIT", work) == pytest.approx(0.25 * line("INIT", cold_share=0.1))


def test_the_free_tier_covers_a_million_requests_400_000_gb_seconds_and_100_gb() -> None:
    work = Workload(requests=3e6, memory=1536, duration=120, cold_share=0, response_kb=100)
    lines = on_lambda(work, LambdaSetup(gateway="url", free_tier=True)).lines
    assert lines["requests"] == pytest.approx(0.40)
    # the example on AWS's own page: 540,000 GB-seconds, 140,000 of them to pay
    assert lines["compute"] == pytest.approx(2.33, abs=0.005)
    assert lines["data out"] == pytest.approx((3e8 / 1024**2 - 100) * 0.09)
    ready = msgspec.structs.replace(work, provisioned=1, provisioned_share=0.0)
    assert on_lambda(ready, LambdaSetup(free_tier=True)).lines["requests"] == pytest.approx(0.60)


def test_the_lines_are_the_total() -> None:
    assert Bill({"a": 1.0, "b": 2.5}).total == 3.5


def test_a_tier_is_paid_only_above_its_beginning() -> None:
    price = Price(dollars=3.0, unit="", source="", steps=((10, 2.0), (20, 1.0)), free=5)
    assert [price.of(quantity) for quantity in (0, 10, 15, 30)] == [0, 30, 40, 60]
    assert price.of(15, free_tier=True) == 30
    assert price.of(3, free_tier=True) == 0
    assert AWS.gateway["rest"].of(433) == pytest.approx(333 * 3.50 + 100 * 2.80)


def test_servers_cost_the_same_with_nothing_to_do() -> None:
    idle = Workload(requests=0, cold_share=0)
    machines = ServerSetup(kind="t3.medium", count=2, disk_gb=10)
    assert on_servers(idle, machines).total == pytest.approx(2 * (730 * (0.0416 + 0.005) + 10 * 0.08))
    balanced = msgspec.structs.replace(machines, balancer=True)
    assert on_servers(idle, balanced).lines["load balancer"] == pytest.approx(730 * 0.0225)
    assert on_servers(PLAIN, machines).total == on_servers(idle, machines).total


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


def test_always_and_never_are_answers_too() -> None:
    ready = msgspec.structs.replace(PLAIN, provisioned=100)
    assert break_even(ready, LambdaSetup(), ServerSetup()) == 0
    assert root(lambda requests: -1.0) is None
    assert root(lambda requests: requests - 7) == pytest.approx(7)


def test_how_busy_a_server_would_be() -> None:
    # a request at 1,769 MB has a core for itself
    work = Workload(requests=730 * 3600 * 10, memory=1769, duration=100)
    assert work.busy_share(2) == pytest.approx(0.5)
    assert msgspec.structs.replace(work, memory=3538).busy_share(2) == pytest.approx(0.5)


def test_the_command_prints_a_bill_and_the_same_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["cost", "--requests", "1e6", "--memory", "1024", "--duration", "120", "--cold-share", "0"]
    assert main(asked, {}) == 0
    text = capsys.readouterr().out
    assert main([*asked, "--json"], {}) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["ways"][0]["total"] == pytest.approx(5.70, abs=0.001)
    assert len(answer["ways"]) == 6
    assert "5.70" in text
    assert f"{answer['ways'][0]['break_even_requests']:,.0f} requests a month" in text


@pytest.mark.parametrize(
    ("asked", "lines"),
    [
        (
            ["--requests", "many", "--memory", "64", "--gateway", "soap", "--warm", "1.5"],
            [
                "lab: --requests: expected a number from 0 to 10,000,000,000,000, received 'many'",
                "lab: --memory: expected a whole number from 128 to 10,240, received '64'",
                "lab: --gateway: expected rest, http, url, received 'soap'",
                "lab: --warm: expected a whole number from 1 to 10,000, received '1.5'",
            ],
        ),
        (["--duration", "nan"], ["lab: --duration: expected a number from 0.001 to 900,000, received 'nan'"]),
        (["--prices", "2015", "--architecture", "arm"], ["lab: --architecture: there was no arm in 2015"]),
    ],
)
def test_every_bad_argument_has_a_line(asked: list[str], lines: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cost", *asked], {}) == 1
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.splitlines() == lines
