"""The ways an invocation can fail, in Lambda's words, and that the next one does not suffer."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from lab.containers.outcomes import Outcome
from lab.containers.timeline import ContainerState
from lab.errors import TooLarge
from tests.lab.conftest import Stand, wait_until


def body(outcome: Outcome) -> dict[str, Any]:
    decoded: dict[str, Any] = json.loads(outcome.payload)
    return decoded


def log(outcome: Outcome) -> str:
    return outcome.log_tail.decode()


def test_an_exception_is_reported_and_the_container_stays(make_stand: Callable[..., Stand]) -> None:
    stand = make_stand()
    outcome = stand.do("raise", text="why")
    assert (body(outcome)["errorType"], body(outcome)["errorMessage"]) == ("ValueError", "why")
    assert outcome.error_type == "Unhandled"
    assert "Status:" not in outcome.report.line()
    assert stand.do("where").container == outcome.container


def test_a_crash_is_an_exit_error_and_the_next_call_a_cold_start(make_stand: Callable[..., Stand]) -> None:
    stand = make_stand()
    outcome = stand.do("exit", code=3)
    assert body(outcome) == {
        "errorType": "Runtime.ExitError",
        "errorMessage": f"RequestId: {outcome.request_id} Error: Runtime exited with error: exit status 3",
    }
    assert outcome.report.line().endswith("Status: error\tError Type: Runtime.ExitError\t")
    after = stand.do("where")
    assert after.cold
    assert after.container != outcome.container


def test_an_exit_without_a_code_has_no_reason(make_stand: Callable[..., Stand]) -> None:
    assert "exited without providing a reason" in body(make_stand().do("exit", code=0))["errorMessage"]


def test_a_call_that_takes_too_long_is_killed(make_stand: Callable[..., Stand]) -> None:
    stand = make_stand(timeout_s=0.5)
    outcome = stand.do("hang")
    assert body(outcome) == {
        "errorType": "Sandbox.Timedout",
        "errorMessage": f"RequestId: {outcome.request_id} Error: Task timed out after 0.50 seconds",
    }
    assert f"{outcome.request_id} Task timed out after 0.50 seconds\n" in log(outcome)
    assert outcome.report.line().endswith("Status: timeout\t")
    wait_until(lambda: not stand.fleet.containers)
    states = [change.state for change in stand.fleet.timeline.since(0)]
    wait_until(lambda: ContainerState.KILLED in [change.state for change in stand.fleet.timeline.since(0)])
    assert ContainerState.FROZEN not in states


def test_without_the_kill_a_slow_call_gets_its_answer(make_stand: Callable[..., Stand]) -> None:
    stand = make_stand(timeout_s=0.05, timeout_kill=False)
    held = stand.hold("a").wait_started()
    assert not held.let_go().error_type


def test_the_function_is_told_how_long_it_has(make_stand: Callable[..., Stand]) -> None:
    assert 0 < make_stand(timeout_s=12).value("left") <= 12_000


@pytest.mark.parametrize("hold", [False, True], ids=["a short peak", "held"])
def test_too_much_memory_ends_the_container(make_stand: Callable[..., Stand], hold: bool) -> None:
    outcome = make_stand(memory_mb=128).do("fill", mb=200, hold=hold)
    assert body(outcome)["errorType"] == "Runtime.OutOfMemory"
    assert body(outcome)["errorMessage"].endswith("Runtime exited with error: signal: killed")
    assert "Max Memory Used: 128 MB\t" in outcome.report.line()
    assert outcome.report.line().endswith("Status: error\tError Type: Runtime.OutOfMemory\t")


def test_too_much_memory_at_import_is_the_same(make_stand: Callable[..., Stand]) -> None:
    outcome = make_stand(handler="fills_at_import.handler", memory_mb=128).do("echo")
    assert body(outcome)["errorType"] == "Runtime.OutOfMemory"


def test_without_the_kill_memory_is_only_reported(make_stand: Callable[..., Stand]) -> None:
    outcome = make_stand(memory_mb=128, memory_kill=False).do("fill", mb=200)
    assert not outcome.error_type
    assert outcome.report.peak_bytes > 200 * 1024 * 1024


def test_a_module_that_cannot_be_imported_is_tried_twice_and_reported(make_stand: Callable[..., Stand]) -> None:
    stand = make_stand(handler="no_import.handler")
    outcome = stand.do("echo")
    assert body(outcome)["errorType"] == "Runtime.ImportModuleError"
    assert "a_module_that_is_not_there" in body(outcome)["errorMessage"]
    assert "Phase: invoke\tStatus: error\tError Type: Runtime.ImportModuleError" in log(outcome)
    assert "Init Duration" not in outcome.report.line()


def test_a_missing_handler_is_named(make_stand: Callable[..., Stand]) -> None:
    outcome = make_stand(handler="probe.nothing").do("echo")
    assert body(outcome)["errorMessage"] == "Handler 'nothing' missing on module 'probe'"


def test_a_process_that_ends_before_it_asks_is_an_exit_error(make_stand: Callable[..., Stand]) -> None:
    outcome = make_stand(handler="exits.handler").do("echo")
    assert body(outcome)["errorType"] == "Runtime.ExitError"
    assert "exit status 7" in body(outcome)["errorMessage"]


@pytest.mark.parametrize(("handler", "status"), [("slow_once.handler", "timeout"), ("fails_once.handler", "error")])
def test_a_failed_init_is_run_again_inside_the_invocation(
    make_stand: Callable[..., Stand], handler: str, status: str
) -> None:
    stand = make_stand(handler=handler, init_timeout_s=0.5 if status == "timeout" else 10.0)
    outcome = stand.do("echo")
    assert outcome.payload == b'"loaded"'
    # it is part of Duration then
    assert outcome.report.init_ms is None
    whole = next(stand.fleet._directory.glob("logs/*.log")).read_text()
    assert f"Phase: init\tStatus: {status}" in whole


def test_init_has_a_time_of_its_own(make_stand: Callable[..., Stand]) -> None:
    patient = make_stand(handler="slow_once.handler").do("echo")
    assert patient.report.init_ms is not None
    hurried = make_stand(handler="slow_once.handler", init_timeout_s=0.5)
    assert hurried.do("echo").report.init_ms is None
    assert "Phase: init\tStatus: timeout" in next(hurried.fleet._directory.glob("logs/*.log")).read_text()


def test_without_the_second_try_a_failed_init_fails_the_invocation(make_stand: Callable[..., Stand]) -> None:
    outcome = make_stand(handler="fails_once.handler", retry_init=False).do("echo")
    assert body(outcome)["errorType"] == "Runtime.ExitError"


def test_an_answer_above_the_limit_is_an_error_and_ends_the_runtime(make_stand: Callable[..., Stand]) -> None:
    stand = make_stand()
    limit = stand.fleet.traits.response_bytes
    assert len(stand.value("big", bytes=limit - 2)) == limit - 2
    outcome = stand.do("big", bytes=limit - 1)
    assert body(outcome) == {
        "errorMessage": "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
        "errorType": "Function.ResponseSizeTooLarge",
    }
    wait_until(lambda: outcome.container not in [each.name for each in stand.fleet.containers])


def test_an_event_above_the_limit_is_never_run(make_stand: Callable[..., Stand]) -> None:
    stand = make_stand()
    frame = len(b'{"do":"echo","value":""}')
    assert len(stand.value("echo", value="x" * (6_291_556 - frame))) == 6_291_556 - frame
    with pytest.raises(TooLarge):
        stand.do("echo", value="x" * (6_291_557 - frame))
    assert stand.fleet.timeline.totals.invocations == 1


def test_a_larger_limit_lets_both_pass(make_stand: Callable[..., Stand]) -> None:
    stand = make_stand(request_bytes=8_000_000, response_bytes=8_000_000)
    assert len(stand.value("echo", value="x" * 7_000_000)) == 7_000_000
