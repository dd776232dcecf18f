"""The guardian ends what is left when the lab is gone, and nothing that only has a process id of the lab's."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from lab.containers.guardian import Guardian
from lab.containers.launcher import Launcher
from lab.traits import Traits
from tests.support.lab.fleet_client import MakeFunction
from tests.support.lab.running_function import running
from tests.support.waiting import wait_until


class RecordingGuardian(Guardian):
    """Writes down what it is told, and whether the id could not be another's then."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        self.told: list[tuple[str, int, bool]] = []

    def watch(self, group: int) -> None:
        super().watch(group)
        self.told.append(("watch", group, _is_ours(group)))

    def forget(self, group: int) -> None:
        super().forget(group)
        self.told.append(("forget", group, _is_ours(group)))


def _is_ours(pid: int) -> bool:
    """Return whether this process has a child with the id, alive or dead, of which it was not told yet."""
    try:
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT | os.WNOHANG)
    except ChildProcessError:
        return False
    return True


@pytest.fixture
def sleepers() -> Iterator[list[subprocess.Popen[bytes]]]:
    command = [sys.executable, "-S", "-c", "import time; time.sleep(60)"]
    started = [subprocess.Popen(command, start_new_session=True) for _ in range(2)]
    yield started
    for process in started:
        process.kill()
        process.wait()


def test_it_kills_watched_groups_alone_and_removes_the_directory(
    tmp_path: Path, sleepers: list[subprocess.Popen[bytes]]
) -> None:
    directory = tmp_path / "lab"
    (directory / "logs").mkdir(parents=True)
    guardian = Guardian(directory)
    for process in sleepers:
        guardian.watch(process.pid)
    guardian.forget(sleepers[1].pid)
    guardian.close()
    assert sleepers[0].wait(timeout=20) == -9
    assert sleepers[1].poll() is None
    assert not directory.exists()


def test_a_container_that_has_ended_is_forgotten_before_its_id_is_free(
    tmp_path: Path, make_function: MakeFunction
) -> None:
    directory = tmp_path / "lab"
    directory.mkdir()
    with closing(RecordingGuardian(directory)) as guardian:
        with running(make_function(), directory, launcher=Launcher(guardian, traits=Traits())) as started:
            started.process.wait_ready(20)
        assert guardian.told == [("watch", started.pid, True), ("forget", started.pid, True)]
        assert not _is_ours(started.pid)


@pytest.mark.skipif(sys.platform != "linux", reason="no other kernel shows the environment of processes")
def test_it_ends_what_makes_temporary_files_in_the_directory_and_nothing_beside_it(tmp_path: Path) -> None:
    directory, beside = tmp_path / "lab", tmp_path / "lab-2"
    writes = "import os, time\nwhile True: os.makedirs(os.environ['TMPDIR'], exist_ok=True); time.sleep(0.001)"
    guardian = Guardian(directory)
    started = [
        subprocess.Popen([sys.executable, "-S", "-c", writes], env={**os.environ, "TMPDIR": str(temporary)})
        for temporary in (directory / "build", beside)
    ]
    try:
        wait_until(lambda: (directory / "build").exists() and beside.exists())
        guardian.close()
        assert started[0].wait(timeout=20) == -9
        assert started[1].poll() is None
        assert not directory.exists()
    finally:
        for process in started:
            process.kill()
            process.wait()
