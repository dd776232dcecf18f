"""The directories of builds that run at once, that were killed, and that come after them."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from infra.package.build_directory import build_directory
from tests.support.project_copy import copy_tracked
from tests.support.waiting import wait_until

# which index pip asks; without one it finds nothing
Build = Callable[[str], "subprocess.Popen[bytes]"]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = copy_tracked(tmp_path / "project")
    subprocess.run(["git", "init", "--quiet"], cwd=root, check=True)
    return root


@pytest.fixture
def temporary(tmp_path: Path) -> Path:
    """Return the directory for temporary files of builds."""
    directory = tmp_path / "temporary"
    directory.mkdir()
    return directory


@pytest.fixture
def build(root: Path, temporary: Path) -> Iterator[Build]:
    """Start ``python -m infra.package`` with this index in a process group of its own."""
    with ExitStack() as stack:

        def start(index: str) -> subprocess.Popen[bytes]:
            where = {"PIP_INDEX_URL": index} if index else {"PIP_NO_INDEX": "1"}
            process = subprocess.Popen(
                [sys.executable, "-m", "infra.package", "--allow-other-python"],
                cwd=root,
                env={**os.environ, **where, "TMPDIR": str(temporary)},
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
            stack.enter_context(process)
            stack.callback(_kill, process)
            return process

        yield start


def _kill(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _directories(root: Path) -> list[str]:
    return sorted(path.name for path in (root / "build").glob("package-*"))


def test_a_build_removes_what_a_killed_one_has_left_and_nothing_of_one_that_runs(
    root: Path, build: Build, temporary: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        index = f"http://127.0.0.1:{silent.getsockname()[1]}/simple"
        running = build(index)
        wait_until(lambda: list((root / "build").glob("package-*/*/pip-*")))
        (left,) = _directories(root)
        assert b"pip could not install" in build("").communicate()[1]
        assert _directories(root) == [left]
        _kill(running)
        assert _directories(root) == [left]
        assert b"pip could not install" in build("").communicate()[1]
        assert _directories(root) == []
        assert list(temporary.iterdir()) == []


def test_a_directory_from_before_there_were_locks_is_removed(root: Path, build: Build) -> None:
    (root / "build" / "package-ab12_x9z" / "app").mkdir(parents=True)
    (root / "build" / "package-of-mine").mkdir()
    (root / "build" / "package-notes.md").write_text("mine")
    build("").communicate()
    assert _directories(root) == ["package-notes.md", "package-of-mine"]


def test_a_build_that_begins_while_another_ends_leaves_it_alone(tmp_path: Path) -> None:
    """Of a directory that is being removed, the lock may go first."""

    def build(_: int) -> None:
        with build_directory(tmp_path / "build") as tree:
            for name in range(20):
                (tree / str(name)).touch()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(build, range(200)))
    assert [path.name for path in (tmp_path / "build").iterdir()] == ["package.lock"]


def test_several_at_once_have_a_directory_each(tmp_path: Path) -> None:
    with build_directory(tmp_path / "build") as one, build_directory(tmp_path / "build") as other:
        assert one != other
        (one / "app").mkdir()
        assert [list(one.iterdir()), list(other.iterdir())] == [[one / "app"], []]
    assert [path.name for path in (tmp_path / "build").iterdir()] == ["package.lock"]
