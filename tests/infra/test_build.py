"""One commit gives one package, wherever it is built, and only of what git tracks."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import zipfile
from collections.abc import Mapping
from pathlib import Path

from infra.package import archive
from infra.package.assemble import app_files, untracked_files
from infra.package.build import ROOT
from infra.package.interpreters import Interpreter
from tests.support.packaged import build_in


def _checkout(place: Path) -> Path:
    """Copy what the package is made of and made by, as a repository of its own."""
    for part in ("app", "infra"):
        shutil.copytree(ROOT / part, place / part, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("wsgi.py", "requirements-lambda.txt", ".gitignore"):
        shutil.copyfile(ROOT / name, place / name)
    for name in untracked_files(ROOT):
        (place / name).unlink()
    _git(place, "init", "--quiet")
    _git(place, "add", ".")
    return place


def _git(place: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=place, check=True, capture_output=True)


def _names(package: Path) -> set[str]:
    with zipfile.ZipFile(package) as opened:
        return set(opened.namelist())


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_same_bytes_in_another_directory_with_strays_about(
    package_zip: Path, package_environ: Mapping[str, str], package_python: Interpreter, tmp_path: Path
) -> None:
    """A second build elsewhere, with files lying about that git ignores or does not know, is the same file."""
    place = _checkout(tmp_path / "a longer way down")
    for stray in ("app/notes.txt", "app/.env", "app/__pycache__/old.cpython-313.pyc", "app/static/.DS_Store"):
        (place / stray).parent.mkdir(exist_ok=True)
        (place / stray).write_text("not for Lambda")
    again = build_in(place, place / "again.zip", package_environ, python=package_python)
    assert _sha256(again) == _sha256(package_zip)
    assert not list((place / "build").iterdir())


def test_every_tracked_file_ships(package_zip: Path) -> None:
    assert set(app_files(ROOT)) <= _names(package_zip)
    assert {"wsgi.py", "app/__init__.py"} <= set(app_files(ROOT))


def test_without_git_all_files_but_caches_ship(tmp_path: Path) -> None:
    (tmp_path / "app" / "__pycache__").mkdir(parents=True)
    for name in ("wsgi.py", "README.md", "app/page.html", "app/__pycache__/page.pyc"):
        (tmp_path / name).write_text("")
    assert app_files(tmp_path) == ["app/page.html", "wsgi.py"]


def test_untracked_files_are_named(tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "new.py").write_text("")
    _git(tmp_path, "init", "--quiet")
    assert untracked_files(tmp_path) == ["app/new.py"]
    assert app_files(tmp_path) == []


def test_archive_is_a_zip_that_others_read(tmp_path: Path) -> None:
    files = {"b/ü.txt": b"x" * 10_000, "a": b""}
    archive.write(files, tmp_path / "made" / "some.zip")
    with zipfile.ZipFile(tmp_path / "made" / "some.zip") as opened:
        assert opened.testzip() is None
        assert opened.namelist() == ["a", "b/ü.txt"]
        assert {name: opened.read(name) for name in opened.namelist()} == files
        assert {(entry.date_time, entry.external_attr >> 16) for entry in opened.infolist()} == {
            (archive.DATE, archive.MODE)
        }
    assert [path.name for path in (tmp_path / "made").iterdir()] == ["some.zip"]


def test_a_lower_level_is_larger_and_holds_the_same(tmp_path: Path) -> None:
    files = {"a.py": Path(__file__).read_bytes()}
    for level in (1, archive.BEST_LEVEL):
        archive.write(files, tmp_path / f"{level}.zip", level=level)
    small, large = (tmp_path / f"{level}.zip" for level in (archive.BEST_LEVEL, 1))
    assert large.stat().st_size > small.stat().st_size
    with zipfile.ZipFile(large) as opened:
        assert opened.read("a.py") == files["a.py"]
