"""What is kept is built once from the same files, and again after one of them has changed or a build has failed."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support.kept_builds import copy_of_build


class Builds:
    """Builds into one directory, each copied to a place of its own."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.count = 0

    def copy(self, stamp: str, name: str) -> str:
        """Return the text of the copy."""
        copied = copy_of_build(self.directory / "kept", stamp, self._writes(stamp), self.directory / name)
        (text,) = (path.read_text() for path in copied.iterdir())
        return text

    def _writes(self, stamp: str) -> Callable[[Path], object]:
        def build(kept: Path) -> None:
            self.count += 1
            time.sleep(0.2)  # as long as the others need to come in between, if they can
            (kept / f"{stamp}.txt").write_text(stamp)

        return build


def test_suites_that_start_at_once_build_once(tmp_path: Path) -> None:
    builds = Builds(tmp_path)
    with ThreadPoolExecutor(4) as pool:
        copies = [*pool.map(lambda name: builds.copy("first", name), "abcd")]
    assert copies == ["first"] * 4
    assert builds.count == 1


def test_what_was_deleted_is_built_again(tmp_path: Path) -> None:
    builds = Builds(tmp_path)
    builds.copy("first", "a")
    shutil.rmtree(tmp_path / "kept")
    assert builds.copy("first", "b") == "first"
    assert builds.count == 2


def test_a_changed_file_is_a_new_build_and_leaves_earlier_copies_alone(tmp_path: Path) -> None:
    builds = Builds(tmp_path)
    builds.copy("first", "a")
    assert builds.copy("second", "b") == "second"
    assert builds.copy("second", "c") == "second"
    assert builds.count == 2
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["first.txt"]


def test_nothing_of_a_build_that_failed_is_used(tmp_path: Path) -> None:
    builds = Builds(tmp_path)
    builds.copy("first", "a")

    def fail(kept: Path) -> None:
        (kept / "half").write_text("")
        raise OSError("no space left")

    with pytest.raises(OSError, match="no space"):
        copy_of_build(tmp_path / "kept", "second", fail, tmp_path / "b")
    assert builds.copy("first", "c") == "first"
    assert builds.count == 2
