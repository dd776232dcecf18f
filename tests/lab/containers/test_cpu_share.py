"""The share of a CPU: as arithmetic, with made-up processes, and as a function in a lab gets it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing

import pytest

from lab.containers.cpu_share import PERIOD_S, CpuBudget, CpuShares
from tests.support.lab.fleet_client import MakeFleet
from tests.support.waiting import wait_until


class MadeUpProcess:
    """Has used what the test says."""

    pid = 1

    def __init__(self) -> None:
        self.now = 0.0
        self.used = 0.0
        self.signals: list[str] = []

    def pause(self) -> None:
        self.signals.append("pause")

    def resume(self) -> None:
        self.signals.append("resume")


@pytest.fixture
def process() -> MadeUpProcess:
    return MadeUpProcess()


@pytest.fixture
def shares(process: MadeUpProcess) -> Iterator[CpuShares]:
    with closing(CpuShares(cpu_s=lambda pid: process.used, clock=lambda: process.now)) as made:
        yield made


def test_a_debt_takes_as_long_as_the_share_is_small() -> None:
    budget = CpuBudget(0.25, now=0.0, used=0.0)
    assert budget.update(PERIOD_S, PERIOD_S / 4) == 0
    # the allowance of one period is left, and no more is saved
    assert budget.update(100.0, PERIOD_S / 4) == 0
    assert budget.update(100.0, PERIOD_S + PERIOD_S / 4) == pytest.approx(3 * PERIOD_S)


def test_a_process_is_stopped_until_its_debt_is_paid(shares: CpuShares, process: MadeUpProcess) -> None:
    shares.begin(process, 0.5)
    process.used = PERIOD_S
    wait_until(lambda: process.signals == ["pause"])
    process.now = 2 * PERIOD_S
    wait_until(lambda: process.signals == ["pause", "resume"])


def test_a_process_that_is_frozen_meanwhile_is_not_continued_later(shares: CpuShares, process: MadeUpProcess) -> None:
    shares.begin(process, 0.5)
    process.used = PERIOD_S
    wait_until(lambda: process.signals)
    shares.end(process)
    process.now = 100.0
    shares.check()
    assert process.signals == ["pause", "resume"]


@pytest.mark.skipif(sys.platform != "linux", reason="no other kernel tells a process's CPU clock")
def test_a_function_gets_the_share_of_its_memory(make_fleet: MakeFleet) -> None:
    tenth = make_fleet(memory_mb=177, cpu_share=True).value("compute", cpu_s=0.1)
    assert tenth["stops"] > 0
    # a tenth of a vCPU takes ten times as long, or longer when this machine is busy; one period is free
    assert tenth["wall_s"] > 0.7


def test_without_the_share_it_is_never_stopped(make_fleet: MakeFleet) -> None:
    assert make_fleet(memory_mb=177).value("compute", cpu_s=0.1)["stops"] == 0
