"""What runs between two invocations: nothing."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from lab.containers import procfs
from lab.containers.timeline import ContainerState
from tests.lab.conftest import Stand, wait_until


def lines(path: Path) -> int:
    return len(path.read_bytes()) if path.exists() else 0


def test_a_container_is_stopped_after_its_answer_and_runs_for_the_next(
    make_stand: Callable[..., Stand], tmp_path: Path
) -> None:
    stand = make_stand()
    path = tmp_path / "count"
    pid = stand.value("later", path=str(path))["pid"]
    wait_until(lambda: procfs.is_stopped(pid))
    before = lines(path)
    time.sleep(0.2)
    assert lines(path) == before
    # work that was cut off goes on while the next request is served
    held = stand.hold("a").wait_started()
    wait_until(lambda: lines(path) > before)
    assert held.let_go().container == stand.fleet.containers[0].name
    wait_until(lambda: procfs.is_stopped(pid))


def test_without_freezing_work_goes_on_after_the_answer(make_stand: Callable[..., Stand], tmp_path: Path) -> None:
    stand = make_stand(freeze=False)
    path = tmp_path / "count"
    pid = stand.value("later", path=str(path))["pid"]
    wait_until(lambda: stand.fleet.timeline.states()[ContainerState.IDLE] == 1)
    before = lines(path)
    wait_until(lambda: lines(path) > before)
    assert not procfs.is_stopped(pid)


def test_cpu_between_the_answer_and_the_freeze_is_counted(make_stand: Callable[..., Stand]) -> None:
    stand = make_stand()
    stand.value("echo", value=1)
    wait_until(lambda: stand.fleet.timeline.states()[ContainerState.FROZEN] == 1)
    frozen = [change for change in stand.fleet.timeline.since(0) if change.state is ContainerState.FROZEN]
    assert 0 < frozen[0].cpu_ms < 1000
    assert stand.fleet.timeline.totals.after_response_cpu_ms == pytest.approx(frozen[0].cpu_ms)


def test_the_states_of_a_container_come_in_order(make_stand: Callable[..., Stand]) -> None:
    stand = make_stand(idle_s=0.05)
    stand.value("echo", value=1)
    wait_until(lambda: not stand.fleet.timeline.states())
    states = [change.state for change in stand.fleet.timeline.since(0)]
    assert states == [
        ContainerState.INIT,
        ContainerState.SERVE,
        ContainerState.AFTER,
        ContainerState.FROZEN,
        ContainerState.GONE,
    ]
