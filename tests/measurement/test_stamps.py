"""Directories of the benchmark are built once, also by processes that start together."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from measurement.stamps import ROOT, build_once, stamp

# a build that takes a moment, and fails where another one has begun
BUILDER = """
import sys, time
from pathlib import Path
from measurement.stamps import build_once

def build():
    folder.mkdir()
    time.sleep(0.3)
    print("built")

folder = Path(sys.argv[1])
build_once(folder, "stamp", build)
print("complete" if (folder / "stamp").exists() else "incomplete")
"""


def test_a_directory_is_built_again_when_what_it_is_made_from_changes(tmp_path: Path) -> None:
    built: list[str] = []
    for parts in (("one", "two"), ("one", "two"), ("one", "three")):
        build_once(tmp_path, stamp(*parts), lambda parts=parts: built.append(parts[1]))  # type: ignore[misc]
    assert built == ["two", "three"]


def test_a_build_that_failed_is_tried_again(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        build_once(tmp_path, "stamp", lambda: print(1 // 0))
    built: list[int] = []
    build_once(tmp_path, "stamp", lambda: built.append(1))
    assert built == [1]


def test_of_processes_that_start_together_one_builds_and_the_others_wait(tmp_path: Path) -> None:
    command = [sys.executable, "-c", BUILDER, str(tmp_path / "not yet" / "folder")]
    running = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    said = [process.communicate(timeout=60)[0].split() for process in running]
    assert sorted(said) == [["built", "complete"], ["complete"], ["complete"]]


def test_texts_do_not_run_together() -> None:
    assert stamp("12", "3") != stamp("1", "23")
