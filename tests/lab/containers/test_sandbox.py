"""INIT that fails or is suppressed: the function is loaded inside an invocation."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lab.containers.outcomes import Outcome
from lab.containers.timeline import ContainerState
from lab.errors import Timeout
from tests.support.lab.fleet_client import FleetClient, MakeFleet, MakeFunction
from tests.support.waiting import wait_until


def body(outcome: Outcome) -> dict[str, Any]:
    decoded: dict[str, Any] = json.loads(outcome.payload)
    return decoded


def log(outcome: Outcome) -> str:
    return outcome.log_tail.decode()


def test_a_module_that_cannot_be_imported_is_loaded_twice_and_reported(make_fleet: MakeFleet) -> None:
    client = make_fleet(handler="no_import.handler")
    outcome = client.invoke("echo")
    assert body(outcome)["errorType"] == "Runtime.ImportModuleError"
    assert "a_module_that_is_not_there" in body(outcome)["errorMessage"]
    assert "Phase: invoke\tStatus: error\tError Type: Runtime.ImportModuleError" in log(outcome)
    assert "Init Duration" not in outcome.report.line()


def test_a_missing_handler_is_named(make_fleet: MakeFleet) -> None:
    outcome = make_fleet(handler="probe.nothing").invoke("echo")
    assert body(outcome)["errorMessage"] == "Handler 'nothing' missing on module 'probe'"


def test_a_process_that_ends_during_init_is_an_exit_error(make_fleet: MakeFleet) -> None:
    outcome = make_fleet(handler="exits.handler").invoke("echo")
    assert body(outcome)["errorType"] == "Runtime.ExitError"
    assert "exit status 7" in body(outcome)["errorMessage"]


@pytest.mark.parametrize(("handler", "status"), [("slow_once.handler", "timeout"), ("fails_once.handler", "error")])
def test_a_failed_init_is_retried_inside_the_invocation(make_fleet: MakeFleet, handler: str, status: str) -> None:
    client = make_fleet(handler=handler, init_timeout_s=0.5 if status == "timeout" else 10.0)
    outcome = client.invoke("echo")
    assert outcome.payload == b'"loaded"'
    # the second INIT is part of Duration
    assert outcome.report.init_ms is None
    whole = next(client.fleet.directory.glob("logs/*.log")).read_text()
    assert f"Phase: init\tStatus: {status}" in whole


def test_init_has_its_own_timeout(make_fleet: MakeFleet) -> None:
    patient = make_fleet(handler="slow_once.handler").invoke("echo")
    assert patient.report.init_ms is not None
    hurried = make_fleet(handler="slow_once.handler", init_timeout_s=0.5)
    assert hurried.invoke("echo").report.init_ms is None
    assert "Phase: init\tStatus: timeout" in next(hurried.fleet.directory.glob("logs/*.log")).read_text()


def test_a_function_that_exceeds_the_limit_of_init_can_be_served(
    make_fleet: MakeFleet, make_function: MakeFunction
) -> None:
    fleet = make_fleet(init_timeout_s=0.1).fleet
    fleet.load_once(make_function("slow_once.handler"))
    with pytest.raises(Timeout):
        fleet.load_once(make_function("slow_once.handler", timeout_s=0.2))


def test_without_the_retry_a_failed_init_fails_the_invocation(make_fleet: MakeFleet) -> None:
    outcome = make_fleet(handler="fails_once.handler", retry_init=False).invoke("echo")
    assert body(outcome)["errorType"] == "Runtime.ExitError"


def when_frozen(client: FleetClient, outcome: Outcome) -> Outcome:
    """Return the outcome when its container can be used again."""
    wait_until(lambda: client.fleet.timeline.states()[ContainerState.FROZEN] == 1)
    return outcome


# long enough for a suppressed INIT
TIMEOUT_S = 4.0


@pytest.mark.parametrize(
    "failure", [{"do": "exit"}, {"do": "hang"}, {"do": "fill", "mb": 300}], ids=lambda it: it["do"]
)
def test_a_container_that_failed_is_reset_and_keeps_its_temp_directory(
    make_fleet: MakeFleet, failure: dict[str, Any]
) -> None:
    client = make_fleet(timeout_s=TIMEOUT_S, memory_mb=200)
    first = when_frozen(client, client.invoke("keep"))
    before = body(when_frozen(client, client.invoke("where")))["pid"]
    assert client.fleet.invoke(client.function, json.dumps(failure).encode()).error_type
    after = when_frozen(client, client.invoke("keep"))
    assert (after.container, body(after)) == (first.container, {**body(first), "before": True})
    assert client.value("where")["pid"] != before
    # INIT took place, and is part of Duration
    assert "loaded" in log(after)
    assert "Init Duration" not in after.report.line()
    assert "Init Duration" in first.report.line()
    assert (client.fleet.timeline.totals.cold_starts, len(client.fleet.containers)) == (1, 1)


def test_without_the_reset_a_container_that_failed_ends(make_fleet: MakeFleet) -> None:
    client = make_fleet(reset=False)
    first = when_frozen(client, client.invoke("keep"))
    client.invoke("exit")
    after = client.invoke("keep")
    assert after.container != first.container
    assert body(after)["before"] is False


def test_a_suppressed_init_that_fails_is_tried_again(make_fleet: MakeFleet) -> None:
    client = make_fleet(handler="no_import.handler")
    outcomes = [client.invoke("echo") for _ in range(3)]
    assert [body(each)["errorType"] for each in outcomes] == ["Runtime.ImportModuleError"] * 3
    assert len({each.container for each in outcomes}) == 1
    assert ["Phase: invoke" in log(each) for each in outcomes] == [True] * 3


def test_a_process_that_ends_after_its_response_is_replaced_too(make_fleet: MakeFleet) -> None:
    client = make_fleet(response_bytes=1000)
    too_large = client.invoke("echo", value="x" * 2000)
    assert too_large.error_type == "Function.ResponseSizeTooLarge"
    wait_until(lambda: ContainerState.KILLED in [change.state for change in client.fleet.timeline.since(0)])
    assert client.invoke("where").container == too_large.container
