"""The lines that Lambda itself writes into a log."""

from __future__ import annotations

import re
import sys
from datetime import UTC, datetime

import pytest

from lab.containers.report_line import InvocationReport, init_report_line, init_start_line, timeout_line
from lab.traits import MIB
from tests.support.lab.fleet_client import MakeFleet


def report(**given: object) -> InvocationReport:
    fields = {"request_id": "id", "duration_ms": 2.051, "memory_mb": 512, "peak_bytes": 40 * MIB}
    return InvocationReport(**{**fields, **given})  # type: ignore[arg-type]


def test_the_report_line_has_lambda_s_format() -> None:
    assert report().line() == (
        "REPORT RequestId: id\tDuration: 2.05 ms\tBilled Duration: 3 ms\tMemory Size: 512 MB\tMax Memory Used: 40 MB\t"
    )
    assert (
        report(init_ms=120.5)
        .line()
        .endswith("Billed Duration: 123 ms\tMemory Size: 512 MB\tMax Memory Used: 40 MB\tInit Duration: 120.50 ms\t")
    )


def test_init_is_billed_unless_switched_off() -> None:
    assert report(init_ms=100.0).billed_ms == 103
    assert report(init_ms=100.0, bill_init=False).billed_ms == 3


def test_reported_memory_is_at_most_the_memory_size() -> None:
    assert report(peak_bytes=900 * MIB).max_memory_mb == 512


def test_the_other_lines() -> None:
    assert init_report_line(10.0, phase="init", status="timeout") == (
        "INIT_REPORT Init Duration: 10.00 ms\tPhase: init\tStatus: timeout"
    )
    moment = datetime(2026, 11, 21, 1, 2, 3, 456789, tzinfo=UTC)
    assert timeout_line("id", 3, moment) == "2026-11-21T01:02:03.456Z id Task timed out after 3.00 seconds"


def test_the_first_line_of_a_log_is_init_start(make_fleet: MakeFleet) -> None:
    client = make_fleet()
    for _ in range(2):
        client.invoke("print", text="hello")
    (log,) = (client.fleet.directory / "logs").iterdir()
    first, *others = log.read_text().splitlines()
    here = f"python:{sys.version_info.major}.{sys.version_info.minor}"
    pattern = (
        rf"INIT_START Runtime Version: {here}\.lab\tRuntime Version ARN: arn:aws:lambda:[\w-]+::runtime:[0-9a-f]{{64}}"
    )
    assert re.fullmatch(pattern, first)
    assert not [line for line in others if line.startswith("INIT_START")]
    assert init_start_line("") != init_start_line("python3.13")


def test_a_log_opens_and_closes_each_invocation(make_fleet: MakeFleet) -> None:
    client = make_fleet(memory_mb=300)
    outcome = client.invoke("print", text="hello")
    lines = outcome.log_tail.decode().splitlines()
    number = outcome.request_id
    assert lines[:3] == [f"START RequestId: {number} Version: $LATEST", "hello", f"END RequestId: {number}"]
    assert re.fullmatch(
        rf"REPORT RequestId: {number}\tDuration: [\d.]+ ms\tBilled Duration: \d+ ms\tMemory Size: 300 MB\t"
        r"Max Memory Used: \d+ MB\tInit Duration: [\d.]+ ms\t",
        lines[3],
    )
    assert "Init Duration" not in client.invoke("print", text="again").log_tail.decode()


@pytest.mark.parametrize(("traits", "bill"), [({}, True), ({"bill_init": False}, False)])
def test_the_bill_of_a_cold_start(make_fleet: MakeFleet, traits: dict[str, bool], bill: bool) -> None:
    line = make_fleet(**traits).invoke("echo").report
    assert line.init_ms is not None
    assert (line.billed_ms > line.duration_ms + 1) is bill
