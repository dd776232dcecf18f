"""The memory limit, and the peak that is reported."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
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


@pytest.mark.skipif(sys.platform != "linux", reason="no other kernel tells a process's CPU clock")
def test_the_cpu_of_an_invocation_is_its_own(make_fleet: MakeFleet) -> None:
    client = make_fleet()
    client.invoke("compute", cpu_s=0.2)
    assert 100 <= client.invoke("compute", cpu_s=0.1).cpu_ms < 150
    assert client.invoke("wait", seconds=0.1).cpu_ms < 50


@pytest.mark.skipif(sys.platform != "linux", reason="no other kernel tells how long a process waited")
def test_stops_are_no_wait_for_a_core(make_fleet: MakeFleet) -> None:
    """With 7 % of a CPU, a container is mostly stopped, however busy the machine is."""
    client = make_fleet(memory_mb=128, cpu_share=True)
    client.invoke("compute", cpu_s=0.0)
    assert stopped_ms(client.invoke("compute", cpu_s=0.05)) > 100


@pytest.mark.skipif(sys.platform != "linux", reason="no other kernel tells how long a process waited")
def test_the_wait_for_a_core_is_no_stop(make_fleet: MakeFleet) -> None:
    """A container with a whole CPU is never stopped, but it waits where it shares its core with others."""
    client = make_fleet(memory_mb=1769, cpu_share=True)
    client.invoke("compute", cpu_s=0.0)
    (container,) = client.fleet.containers
    (core, *_) = os.sched_getaffinity(0)
    os.sched_setaffinity(container.pid, {core})
    with busy_core(core):
        outcome = client.invoke("compute", cpu_s=0.3)
    assert outcome.waited_ms > 20
    assert stopped_ms(outcome) < outcome.waited_ms / 2


def stopped_ms(outcome: Outcome) -> float:
    """Return how long an invocation neither ran nor waited for a core."""
    return outcome.report.duration_ms - outcome.cpu_ms - outcome.waited_ms


@contextmanager
def busy_core(core: int) -> Iterator[None]:
    """Keep a core busy with two processes of ours."""
    code = f"import os; os.sched_setaffinity(0, {{{core}}})\nwhile True: pass"
    busy = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(2)]
    try:
        yield
    finally:
        for each in busy:
            each.kill()
            each.wait()
