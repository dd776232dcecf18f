from __future__ import annotations

from pathlib import Path

import pytest

from measurement.writable import try_to_write, write_whole


def test_a_file_is_left_as_it_is_whether_it_is_there_or_not(tmp_path: Path) -> None:
    old, new = tmp_path / "old.json", tmp_path / "new.json"
    old.write_text("{}")
    for path in (old, new):
        try_to_write(path)
    assert old.read_text() == "{}"
    assert not new.exists()


def test_a_link_stays_and_what_it_would_create_goes(tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "new.json")
    try_to_write(link)
    assert [path.name for path in tmp_path.iterdir()] == ["link"]


@pytest.mark.parametrize("name", [".", "none/new.json"])
def test_what_cannot_be_written_raises(name: str, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="directory"):
        try_to_write(tmp_path / name)


def test_a_link_stays_and_what_it_points_to_is_replaced(tmp_path: Path) -> None:
    target, link = tmp_path / "results.json", tmp_path / "link.json"
    link.symlink_to(target)
    for text in (b"first", b"second"):
        write_whole(link, text)
        assert target.read_bytes() == text
    assert link.readlink() == target
    assert sorted(tmp_path.iterdir()) == [link, target]


def test_a_file_keeps_its_mode_and_may_have_the_longest_name(tmp_path: Path) -> None:
    path = tmp_path / ("n" * 255)
    path.touch(0o600)
    write_whole(path, b"new")
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"new", 0o600)


def test_what_interrupts_it_leaves_the_old_bytes_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "old.json"
    path.write_text("old")
    with pytest.raises(TypeError):
        write_whole(path, object())  # type: ignore[arg-type]
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
