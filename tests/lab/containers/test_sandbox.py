"""INIT that fails or is suppressed: the function is loaded inside an invocation."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from lab.containers.outcomes import Outcome
from lab.containers.patience import Patience
from lab.containers.start_gate import StartGate
from lab.containers.timeline import ContainerState
from lab.errors import Timeout
from tests.conftest import FakeClock
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


COUNT = 6
# what loads_alone.py takes at least
INIT_MS = 100


def test_containers_that_crash_together_load_again_in_turns(make_fleet: MakeFleet, tmp_path: Path) -> None:
    loads = tmp_path / "loads"
    # starts of unknown demand: one at a time
    gate = StartGate(1, demand_s=lambda pid: None)
    client = make_fleet(handler="loads_alone.handler", environment={"LOADS": str(loads)}, gate=gate)
    held = [client.hold(f"h{index}").wait_started() for index in range(COUNT)]
    crashed = [each.release() for each in held]
    assert {each.error_type for each in crashed} == {"Runtime.ExitError"}
    loads.write_text("")
    again = [client.hold(f"again{index}") for index in range(COUNT)]
    wait_until(lambda: all(each.started for each in again), seconds=60)
    assert loads.read_text().split() == ["begin", "end"] * COUNT
    assert {each.release().container for each in again} == {each.container for each in crashed}


def test_the_wait_for_a_turn_is_part_of_no_time_limit(make_fleet: MakeFleet, tmp_path: Path) -> None:
    """Neither of the gateway's, nor of the function's, nor of the bill; the repeated INIT itself is."""
    clock, gate = FakeClock(0.0), StartGate(1, demand_s=lambda pid: None)
    patience = Patience(10.0, clock=clock)
    variables = {"LOADS": str(tmp_path / "loads")}
    client = make_fleet(handler="loads_alone.handler", environment=variables, gate=gate)
    client.hold("h").wait_started().release()
    event = b'{"do": "tell the deadline"}'
    with ThreadPoolExecutor(1) as pool:
        with gate.turn(lambda: 0):
            invoked = pool.submit(client.fleet.invoke, client.function, event, patience=patience)
            wait_until(lambda: gate.waiting)
            assert patience.left() is None
            time.sleep(0.5)
            admitted, began = time.time(), time.perf_counter()
        outcome = invoked.result()
    # to the milliseconds that events and reports are rounded to
    assert json.loads(outcome.payload) >= admitted + client.function.timeout_s - 0.01
    assert INIT_MS <= outcome.report.duration_ms <= 1000 * (time.perf_counter() - began) + 1
    assert patience.left() == 10.0


class CountingGate(StartGate):
    """Counts the turns."""

    turns = 0

    @contextmanager
    def turn(self, pid: Callable[[], int], patience: Patience | None = None) -> Iterator[None]:
        self.turns += 1
        with super().turn(pid, patience):
            yield


def test_a_retried_init_takes_a_turn_of_its_own(make_fleet: MakeFleet) -> None:
    gate = CountingGate(1)
    client = make_fleet(handler="fails_once.handler", gate=gate)
    assert client.value("echo") == "loaded"
    assert gate.turns == 2
    assert client.value("echo") == "loaded"
    assert gate.turns == 2
