"""Asking whether a file can be written leaves everything as it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.errors import SetupError, expect_writable


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
