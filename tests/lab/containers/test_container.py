"""A container's life: freezing between invocations, and the ways an invocation can fail."""

from __future__ import annotations

import json
import math
import time
from pathlib import Path
from typing import Any

import pytest

from lab.containers.outcomes import Outcome
from lab.containers.timeline import ContainerState
from tests.support.lab.fleet_client import MakeFleet
from tests.support.lab.frozen import is_frozen
from tests.support.waiting import wait_until


def body(outcome: Outcome) -> dict[str, Any]:
    decoded: dict[str, Any] = json.loads(outcome.payload)
    return decoded


def log(outcome: Outcome) -> str:
    return outcome.log_tail.decode()


def test_an_exception_is_reported_and_the_container_stays(make_fleet: MakeFleet) -> None:
    client = make_fleet()
    outcome = client.invoke("raise", text="why")
    assert (body(outcome)["errorType"], body(outcome)["errorMessage"]) == ("ValueError", "why")
    assert outcome.error_type == "Unhandled"
    assert "Status:" not in outcome.report.line()
    assert client.invoke("where").container == outcome.container


@pytest.mark.parametrize("length", [70_000, 1_000_000])
def test_an_exception_of_a_long_text_is_reported_too(make_fleet: MakeFleet, length: int) -> None:
    """AWS's runtime client sends it in a header too, where a megabyte is its own limit."""
    client = make_fleet()
    outcome = client.invoke("raise", text="x" * length)
    assert (outcome.error_type, body(outcome)["errorMessage"]) == ("Unhandled", "x" * length)
    assert client.invoke("where").container == outcome.container


def test_a_crash_is_an_exit_error_and_the_next_invocation_is_served(make_fleet: MakeFleet) -> None:
    client = make_fleet()
    outcome = client.invoke("exit", code=3)
    assert body(outcome) == {
        "errorType": "Runtime.ExitError",
        "errorMessage": f"RequestId: {outcome.request_id} Error: Runtime exited with error: exit status 3",
    }
    assert outcome.report.line().endswith("Status: error\tError Type: Runtime.ExitError\t")
    assert client.value("where")


def test_an_exit_without_a_code_has_no_reason(make_fleet: MakeFleet) -> None:
    assert "exited without providing a reason" in body(make_fleet().invoke("exit", code=0))["errorMessage"]


def test_an_invocation_that_times_out_is_killed(make_fleet: MakeFleet) -> None:
    client = make_fleet(timeout_s=0.5)
    outcome = client.invoke("hang")
    assert body(outcome) == {
        "errorType": "Sandbox.Timedout",
        "errorMessage": f"RequestId: {outcome.request_id} Error: Task timed out after 0.50 seconds",
    }
    assert f"{outcome.request_id} Task timed out after 0.50 seconds\n" in log(outcome)
    assert outcome.report.line().endswith("Status: timeout\t")
    # killed a little later, billed to the millisecond
    assert outcome.report.duration_ms == 500
    assert outcome.report.billed_ms == math.ceil(500 + (outcome.report.init_ms or 0))
    assert [change.state for change in client.fleet.timeline.since(0)] == [
        ContainerState.INIT,
        ContainerState.SERVE,
        ContainerState.KILLED,
    ]


def test_without_the_kill_a_slow_invocation_gets_its_response(make_fleet: MakeFleet) -> None:
    client = make_fleet(timeout_s=0.05, timeout_kill=False)
    held = client.hold("a").wait_started()
    assert not held.release().error_type


def test_the_function_knows_its_remaining_time(make_fleet: MakeFleet) -> None:
    assert 0 < make_fleet(timeout_s=12).value("left") <= 12_000


def lines(path: Path) -> int:
    return len(path.read_bytes()) if path.exists() else 0


def test_a_container_is_frozen_between_invocations(make_fleet: MakeFleet, tmp_path: Path) -> None:
    client = make_fleet()
    path = tmp_path / "count"
    pid = client.value("later", path=str(path))["pid"]
    wait_until(lambda: is_frozen(pid))
    before = lines(path)
    time.sleep(0.2)
    assert lines(path) == before
    # frozen work continues while the next request is served
    held = client.hold("a").wait_started()
    wait_until(lambda: lines(path) > before)
    assert held.release().container == client.fleet.containers[0].name
    wait_until(lambda: is_frozen(pid))


def test_without_freezing_work_continues_after_the_response(make_fleet: MakeFleet, tmp_path: Path) -> None:
    client = make_fleet(freeze=False)
    path = tmp_path / "count"
    pid = client.value("later", path=str(path))["pid"]
    wait_until(lambda: client.fleet.timeline.states()[ContainerState.IDLE] == 1)
    before = lines(path)
    wait_until(lambda: lines(path) > before)
    assert not is_frozen(pid)


def test_cpu_between_the_response_and_the_freeze_is_counted(make_fleet: MakeFleet) -> None:
    client = make_fleet()
    client.value("echo", value=1)
    wait_until(lambda: client.fleet.timeline.states()[ContainerState.FROZEN] == 1)
    frozen = [change for change in client.fleet.timeline.since(0) if change.state is ContainerState.FROZEN]
    assert 0 < frozen[0].cpu_ms < 1000


def test_the_states_of_a_container_come_in_order(make_fleet: MakeFleet) -> None:
    client = make_fleet(idle_s=0.05)
    client.value("echo", value=1)
    wait_until(lambda: not client.fleet.timeline.states())
    states = [change.state for change in client.fleet.timeline.since(0)]
    assert states == [
        ContainerState.INIT,
        ContainerState.SERVE,
        ContainerState.AFTER,
        ContainerState.FROZEN,
        ContainerState.GONE,
    ]
