"""Asking whether a file can be written leaves everything as it was."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from lab.errors import SetupError
from lab.file_checks import expect_directory, expect_writable


def test_a_file_is_left_as_it_is_whether_it_is_there_or_not(tmp_path: Path) -> None:
    old, new = tmp_path / "old.json", tmp_path / "new.json"
    old.write_text("{}")
    for path in (old, new):
        expect_writable(path)
    assert old.read_text() == "{}"
    assert not new.exists()


def test_a_link_is_left_as_it_is_too(tmp_path: Path) -> None:
    old, new = tmp_path / "old.json", tmp_path / "new.json"
    old.write_text("{}")
    for target in (old, new):
        link = tmp_path / "link"
        link.symlink_to(target)
        expect_writable(link)
        assert link.readlink() == target
        link.unlink()
    assert [path.name for path in tmp_path.iterdir()] == ["old.json"]


def test_a_link_into_nowhere_cannot_be_written(tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "none" / "file")
    with pytest.raises(SetupError, match="No such file or directory"):
        expect_writable(link)
    assert link.is_symlink()


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("/proc/x", "No such file or directory"),
        ("file/x", "Not a directory"),
        ("file", "(File exists|Not a directory)"),
        ("x" * 300, "File name too long"),
        ("loop", "(File exists|Too many levels of symbolic links)"),
    ],
)
def test_a_path_that_cannot_be_is_named_with_its_option(tmp_path: Path, path: str, problem: str) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with pytest.raises(SetupError, match=f"^--option: .*{re.escape(path)}: {problem}$"):
        expect_directory(tmp_path / path, "--option")
    if path != "file":
        with pytest.raises(SetupError, match=f"^--option: .*{re.escape(path)}: "):
            expect_writable(tmp_path / path, "--option")


@pytest.mark.skipif(sys.platform != "linux", reason="no other system has a directory that root cannot write")
def test_a_directory_in_which_nothing_can_be_written_is_refused() -> None:
    with pytest.raises(SetupError, match=r"^--option: /proc: "):
        expect_directory(Path("/proc"), "--option")


def test_a_directory_is_made_and_left_empty(tmp_path: Path) -> None:
    expect_directory(tmp_path / "a" / "b", "--option")
    assert not list((tmp_path / "a" / "b").iterdir())
