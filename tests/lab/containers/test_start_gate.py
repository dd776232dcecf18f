"""Which starts may compute at once, with made-up demands, and with real containers that only wait in INIT."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest
import requests

from lab.containers.start_gate import StartGate
from lab.containers.timeline import ContainerState
from measurement.machine import cores
from tests.support.lab.fleet_client import MakeLab
from tests.support.waiting import wait_until


class Machine:
    """A gate on made-up processes, each of which demands what the test says."""

    def __init__(self, cores: int) -> None:
        self.now = 0.0
        self.used: defaultdict[int, float] = defaultdict(float)
        self.gate = StartGate(cores, demand_s=lambda pid: self.used[pid], clock=lambda: self.now)
        self.inside: list[int] = []
        self.ends: dict[int, threading.Event] = {}
        self._pool = ThreadPoolExecutor()

    def start(self, *pids: int) -> None:
        """Begin starts in this order."""
        for number, pid in enumerate(pids, 1):
            self.ends[pid] = threading.Event()
            self._pool.submit(self._start, pid)
            wait_until(lambda number=number: len(self.inside) + self.gate.waiting == number)  # type: ignore[misc]

    def pass_time(self, **demand: float) -> None:
        """Let a second pass in which process ``p1`` demands so much of a core."""
        for _ in range(10):
            self.now += 0.1
            for name, share in demand.items():
                self.used[int(name[1:])] += 0.1 * share
            self.gate.sample()

    def close(self) -> None:
        self.gate.open()
        for end in self.ends.values():
            end.set()
        self._pool.shutdown()

    def _start(self, pid: int) -> None:
        with self.gate.turn(lambda: pid):
            self.inside.append(pid)
            self.ends[pid].wait()
            self.inside.remove(pid)


@pytest.fixture
def machine() -> Iterator[Machine]:
    with ExitStack() as stack:
        made = Machine(cores=2)
        stack.callback(made.close)
        yield made


def test_starts_that_compute_take_turns(machine: Machine) -> None:
    machine.start(1, 2, 3, 4)
    machine.pass_time(p1=1.0, p2=1.0)
    assert machine.inside == [1, 2]
    machine.ends[1].set()
    wait_until(lambda: machine.inside == [2, 3])


def test_a_start_that_waits_makes_room_for_the_next_one(machine: Machine) -> None:
    machine.start(1, 2, 3, 4)
    machine.pass_time(p1=1.0, p2=0.0, p3=1.0)
    wait_until(lambda: machine.inside == [1, 2, 3])
    machine.pass_time(p1=1.0, p2=0.0, p3=0.0)
    wait_until(lambda: machine.inside == [1, 2, 3, 4])


def test_a_start_of_unknown_demand_takes_a_core(machine: Machine) -> None:
    machine.gate = StartGate(2, demand_s=lambda pid: None, clock=lambda: machine.now)
    machine.start(1, 2, 3)
    machine.pass_time()
    assert machine.inside == [1, 2]


def test_a_burst_of_functions_that_wait_in_init_starts_together(make_lab: MakeLab, tmp_path: Path) -> None:
    loaded = tmp_path / "loaded"
    lab = make_lab(handler="waits_in_init.proxy", environment={"UNTIL": str(loaded)}, init_timeout_s=60.0)
    count = cores() + 2
    with ThreadPoolExecutor(count) as pool:
        responses = [pool.submit(requests.get, f"{lab.url}/", timeout=60) for _ in range(count)]
        try:
            wait_until(lambda: lab.timeline.states()[ContainerState.INIT] == count, seconds=40)
        finally:
            loaded.touch()
        assert [each.result().status_code for each in responses] == [200] * count
