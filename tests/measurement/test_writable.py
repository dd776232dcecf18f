from __future__ import annotations

from pathlib import Path

import pytest

from measurement.writable import try_to_write


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
