"""The memory limit, and the peak that is reported."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lab.containers.outcomes import Outcome
from tests.support.lab.fleet_client import MakeFleet


def body(outcome: Outcome) -> dict[str, Any]:
    decoded: dict[str, Any] = json.loads(outcome.payload)
    return decoded


@pytest.mark.parametrize("hold", [False, True], ids=["a short peak", "held"])
def test_too_much_memory_ends_the_container(make_fleet: MakeFleet, hold: bool) -> None:
    outcome = make_fleet(memory_mb=128).invoke("fill", mb=200, hold=hold)
    assert body(outcome)["errorType"] == "Runtime.OutOfMemory"
    assert body(outcome)["errorMessage"].endswith("Runtime exited with error: signal: killed")
    assert "Max Memory Used: 128 MB\t" in outcome.report.line()
    assert outcome.report.line().endswith("Status: error\tError Type: Runtime.OutOfMemory\t")


def test_too_much_memory_at_import_is_the_same(make_fleet: MakeFleet) -> None:
    outcome = make_fleet(handler="fills_at_import.handler", memory_mb=128).invoke("echo")
    assert body(outcome)["errorType"] == "Runtime.OutOfMemory"


def test_without_the_kill_memory_is_only_reported(make_fleet: MakeFleet) -> None:
    outcome = make_fleet(memory_mb=128, memory_kill=False).invoke("fill", mb=200)
    assert not outcome.error_type
    assert outcome.report.peak_bytes > 200 * 1024 * 1024
