"""A caller's time, and what a fleet takes out of it."""

from __future__ import annotations

import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, nullcontext
from pathlib import Path

import pytest

from lab.containers.fleet import Fleet
from lab.containers.outcomes import Outcome
from lab.containers.patience import Patience
from lab.containers.start_gate import StartGate
from lab.errors import LabError
from lab.gateway.rest import RestApi
from lab.gateway.server import Gateway
from lab.http.server import Request
from lab.traits import Traits
from tests.conftest import FakeClock
from tests.support.lab.fleet_client import MakeFunction
from tests.support.waiting import wait_until

TIMEOUT_S = 1.0


def test_no_time_passes_while_it_is_suspended() -> None:
    clock = FakeClock(0.0)
    patience = Patience(10.0, clock=clock)
    clock.seconds = 4.0
    with patience.suspended():
        clock.seconds = 100.0
        assert patience.left() is None
    clock.seconds = 101.0
    assert patience.left() == 5.0


def test_a_response_that_comes_too_late_is_a_timeout() -> None:
    clock = FakeClock(0.0)
    patience = Patience(10.0, clock=clock)
    clock.seconds = 11.0
    late: Future[str] = Future()
    with pytest.raises(TimeoutError):
        patience.result(late)
    late.set_result("it is over, and so is the waiting")
    assert patience.result(late)


@pytest.mark.parametrize("seconds", [60.0, None])
def test_a_response_ends_the_waiting(seconds: float | None) -> None:
    until = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(until.wait)
        threading.Timer(0.05, until.set).start()
        assert Patience(seconds).result(future)


def test_a_fleet_suspends_it_until_the_container_s_turn(make_function: MakeFunction, tmp_path: Path) -> None:
    clock, gate = FakeClock(0.0), StartGate(0)
    patience = Patience(10.0, clock=clock)
    directory = tmp_path / "lab"
    directory.mkdir()
    with Fleet(directory, gate=gate) as fleet, ThreadPoolExecutor(1) as pool:
        future = pool.submit(fleet.invoke, make_function(), b'{"do": "echo"}', patience=patience)
        wait_until(lambda: gate.waiting)
        assert patience.left() is None
        clock.seconds = 1000.0
        gate.open()
        assert not future.result().error_type
    assert patience.left() == 10.0


@pytest.mark.parametrize(("is_suspended", "status"), [(True, 502), (False, 504)])
def test_the_gateway_s_clock_stands_still_meanwhile(is_suspended: bool, status: int) -> None:
    def invoke(event: bytes, patience: Patience, **ids: str) -> Outcome:
        with patience.suspended() if is_suspended else nullcontext():
            time.sleep(1.2 * TIMEOUT_S)
        raise LabError("in time to be the function's own failure")

    gateway = Gateway(RestApi(), invoke, traits=Traits(gateway_timeout_s=TIMEOUT_S))
    with closing(gateway):
        assert gateway.respond(Request(method="GET", target="/dev/")).status == status
