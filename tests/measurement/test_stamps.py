from __future__ import annotations

from pathlib import Path

from measurement.stamps import is_fresh, mark, stamp


def test_a_directory_is_fresh_until_what_it_was_made_from_changes(tmp_path: Path) -> None:
    assert not is_fresh(tmp_path, stamp("one", "two"))
    mark(tmp_path, stamp("one", "two"))
    assert is_fresh(tmp_path, stamp("one", "two"))
    assert not is_fresh(tmp_path, stamp("one", "three"))


def test_texts_do_not_run_together() -> None:
    assert stamp("12", "3") != stamp("1", "23")
