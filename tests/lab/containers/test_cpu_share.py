"""The share of a CPU: as arithmetic, with made-up processes, and as a function in a lab gets it."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import closing

import pytest

from lab.containers import procfs
from lab.containers.cpu_share import PERIOD_S, TICK_S, CpuBudget, CpuShares
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


def elapsed_s(share: float, cpu_s: float, *, step_s: float = 0.0001, wait_s: float = 0.0) -> float:
    """Return how long ``cpu_s`` take a process that runs whenever its budget lets it, after ``wait_s`` of nothing."""
    budget, steps, used = CpuBudget(share, used=0.0, now=0.0), round(wait_s / step_s), 0.0
    budget.update(0.0, wait_s)
    while used < cpu_s - step_s / 2:
        if budget.left > 0:
            used += step_s
        steps += 1
        budget.update(used, steps * step_s)
    return steps * step_s - wait_s


@pytest.mark.parametrize(("share", "cpu_s"), [(0.145, 0.03), (0.43, 0.03), (0.58, 0.03), (0.85, 0.1), (1.0, 0.1)])
def test_work_takes_its_share_of_the_time_to_within_a_period(share: float, cpu_s: float) -> None:
    assert elapsed_s(share, cpu_s) == pytest.approx(cpu_s / share, abs=PERIOD_S)


@pytest.mark.parametrize("share", [0.07, 0.145, 0.29, 0.43, 0.58, 0.85, 0.99, 1.0])
def test_in_the_long_run_the_share_is_exact(share: float) -> None:
    assert 5 / elapsed_s(share, 5.0) == pytest.approx(share, rel=0.005)


def test_a_look_that_comes_late_costs_nothing_in_the_long_run() -> None:
    """What is used beyond the share of one period is a debt to the next ones."""
    assert 5 / elapsed_s(0.145, 5.0, step_s=0.002) == pytest.approx(0.145, rel=0.01)


def test_the_first_stop_comes_after_the_share_of_a_period() -> None:
    budget = CpuBudget(0.58, used=0.0, now=0.0)
    budget.update(0.0115, 0.0115)
    assert budget.left > 0, "11.6 ms are allowed"
    budget.update(0.0117, 0.0117)
    assert budget.left < 0, "running earns nothing"


def test_what_a_period_leaves_is_lost() -> None:
    """But for a tick, see below: saved quotas would let it run for 30 ms."""
    assert elapsed_s(0.58, 0.03) == pytest.approx(0.0468, abs=0.0002)
    assert elapsed_s(0.58, 0.03, wait_s=10.0) == pytest.approx(0.0468 - TICK_S, abs=0.0002)


def test_a_debt_is_paid_by_as_many_periods_as_it_takes() -> None:
    budget = CpuBudget(0.25, used=0.0, now=0.0)
    budget.update(0.012, 0.012)
    budget.is_stopped = True
    # 5 ms each: the next period pays 5 of the 7, and the one after it the rest
    assert budget.next_look(0.012) == pytest.approx(2 * PERIOD_S - 0.012)
    budget.update(0.012, 1.5 * PERIOD_S)
    assert budget.left == pytest.approx(-0.002)
    budget.update(0.012, 2 * PERIOD_S)
    assert budget.left == pytest.approx(0.003)


@pytest.mark.parametrize("lag_s", [0.0, TICK_S])
def test_a_whole_cpu_is_never_stopped(lag_s: float) -> None:
    """However late each look comes, and however old the process's clock is: no thread uses more than the time."""
    budget, now = CpuBudget(1.0, used=0.0, now=0.0), 0.0
    for number in range(1, 5000):
        now += 0.00010007 * (number * 7919 % 317 + 1)
        budget.update(now - lag_s * (number % 4) / 3, now)
        assert budget.left > 0


def test_an_old_clock_saves_nothing_but_a_tick() -> None:
    budget = CpuBudget(0.5, used=0.0, now=0.0)
    budget.update(0.0, PERIOD_S)
    budget.update(TICK_S, PERIOD_S + TICK_S)
    assert budget.left == pytest.approx(PERIOD_S / 2), "that may have been used in the period before"
    budget.update(2 * TICK_S, PERIOD_S + 2 * TICK_S)
    assert budget.left == pytest.approx(PERIOD_S / 2 - TICK_S)


def test_a_process_is_stopped_until_the_next_period(shares: CpuShares, process: MadeUpProcess) -> None:
    shares.begin(process, 0.5)
    process.used = process.now = PERIOD_S / 2
    wait_until(lambda: process.signals == ["pause"])
    process.now = 0.99 * PERIOD_S
    shares.check()
    assert process.signals == ["pause"]
    process.now = PERIOD_S
    wait_until(lambda: process.signals == ["pause", "resume"])


def test_the_next_invocation_has_what_the_last_one_left(shares: CpuShares, process: MadeUpProcess) -> None:
    shares.begin(process, 0.5)
    process.used = process.now = 0.008
    shares.end(process)
    # nobody counts what it uses meanwhile
    process.used, process.now = 5.0, 0.009
    shares.begin(process, 0.5)
    process.used = 5.001
    shares.check()
    assert not process.signals, "1 of the 2 ms are left"
    process.used = 5.0025
    shares.check()
    assert process.signals == ["pause"]


def test_a_debt_outlives_the_invocation(shares: CpuShares, process: MadeUpProcess) -> None:
    shares.begin(process, 0.5)
    process.used = process.now = 0.012
    shares.end(process)
    shares.begin(process, 0.5)
    shares.check()
    assert process.signals[-1] == "pause"


def test_a_process_that_is_over_leaves_no_debt(shares: CpuShares, process: MadeUpProcess) -> None:
    shares.begin(process, 0.5)
    process.used = 1.0
    wait_until(lambda: process.signals == ["pause"])
    shares.forget(process)
    shares.begin(process, 0.5)
    shares.check()
    assert process.signals == ["pause", "resume"]


def test_a_process_that_is_frozen_meanwhile_is_not_continued_later(shares: CpuShares, process: MadeUpProcess) -> None:
    shares.begin(process, 0.5)
    process.used = PERIOD_S
    wait_until(lambda: process.signals)
    shares.end(process)
    process.now = 100.0
    shares.check()
    assert process.signals == ["pause", "resume"]


linux = pytest.mark.skipif(sys.platform != "linux", reason="no other kernel tells a process's CPU clock")


@linux
def test_a_function_gets_the_share_of_its_memory(make_fleet: MakeFleet) -> None:
    tenth = make_fleet(memory_mb=177, cpu_share=True).value("compute", cpu_s=0.2)
    assert tenth["stops"] > 0
    # a tenth of a vCPU takes ten times as long, or longer when this machine is busy
    assert tenth["wall_s"] > 1.8


@linux
@pytest.mark.parametrize("memory_mb", [768, 1024, 1500])
def test_a_function_never_gets_more_than_its_share(make_fleet: MakeFleet, memory_mb: int) -> None:
    """It may be ahead by what a period allows, and by what its clock is late; a busy machine gives less."""
    share = memory_mb / 1769
    client = make_fleet(memory_mb=memory_mb, cpu_share=True)
    client.value("compute", cpu_s=0.0)
    (container,) = client.fleet.containers
    began, used = time.monotonic(), procfs.cpu_s(container.pid)
    for _ in range(8):
        client.value("compute", cpu_s=0.04)
    used, elapsed = procfs.cpu_s(container.pid) - used, time.monotonic() - began
    assert used > 8 * 0.04
    assert used <= share * (elapsed + PERIOD_S) + 2 * TICK_S


def test_without_the_share_it_is_never_stopped(make_fleet: MakeFleet) -> None:
    assert make_fleet(memory_mb=177).value("compute", cpu_s=0.1)["stops"] == 0
