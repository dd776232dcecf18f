"""The guardian ends what is left when the lab is gone."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.containers.guardian import Guardian


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
