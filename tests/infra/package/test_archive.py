from __future__ import annotations

import zipfile
from pathlib import Path

from infra.package import archive


def test_other_programs_can_read_the_zip(tmp_path: Path) -> None:
    files = {"b/ü.txt": b"x" * 10_000, "a": b""}
    archive.write(files, tmp_path / "made" / "some.zip")
    with zipfile.ZipFile(tmp_path / "made" / "some.zip") as opened:
        assert opened.testzip() is None
        assert opened.namelist() == ["a", "b/ü.txt"]
        assert {name: opened.read(name) for name in opened.namelist()} == files
        dates_and_modes = {(entry.date_time, entry.external_attr >> 16) for entry in opened.infolist()}
        assert dates_and_modes == {(archive.DATE, archive.MODE)}
    assert [path.name for path in (tmp_path / "made").iterdir()] == ["some.zip"]


def test_a_lower_level_gives_a_larger_zip_with_the_same_contents(tmp_path: Path) -> None:
    files = {"a.py": Path(__file__).read_bytes()}
    for level in (1, archive.LEVEL):
        archive.write(files, tmp_path / f"{level}.zip", level=level)
    small, large = (tmp_path / f"{level}.zip" for level in (archive.LEVEL, 1))
    assert large.stat().st_size > small.stat().st_size
    with zipfile.ZipFile(large) as opened:
        assert opened.read("a.py") == files["a.py"]
