"""INIT that fails, and its second try inside the first invocation."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lab.containers.outcomes import Outcome
from tests.support.lab.fleet_client import MakeFleet


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


def test_without_the_retry_a_failed_init_fails_the_invocation(make_fleet: MakeFleet) -> None:
    outcome = make_fleet(handler="fails_once.handler", retry_init=False).invoke("echo")
    assert body(outcome)["errorType"] == "Runtime.ExitError"
