"""Which of the app's files go into the package."""

from __future__ import annotations

import re
import subprocess
import zipfile
from pathlib import Path

import pytest

from infra.package.assemble import REQUIREMENTS, app_files, assemble, untracked_files
from infra.package.build import ROOT
from infra.package.build_step import BuildFailed
from infra.package.interpreters import find_interpreter


def test_every_tracked_file_of_the_app_ships(package_zip: Path) -> None:
    with zipfile.ZipFile(package_zip) as opened:
        assert set(app_files(ROOT)) <= set(opened.namelist())
    assert {"wsgi.py", "app/__init__.py"} <= set(app_files(ROOT))


def test_without_git_every_file_but_bytecode_ships(tmp_path: Path) -> None:
    (tmp_path / "app" / "__pycache__").mkdir(parents=True)
    for name in ("wsgi.py", "README.md", "app/page.html", "app/__pycache__/page.pyc"):
        (tmp_path / name).write_text("")
    assert app_files(tmp_path) == ["app/page.html", "wsgi.py"]


def test_untracked_files_do_not_ship_and_are_listed(tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "new.py").write_text("")
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True, capture_output=True)
    assert untracked_files(tmp_path) == ["app/new.py"]
    assert app_files(tmp_path) == []


def test_a_wheel_with_another_hash_is_not_installed(tmp_path: Path) -> None:
    """Whoever replaces a file on the index, or on the way, does not get into the package."""
    text = re.sub("--hash=sha256:[0-9a-f]{8}", "--hash=sha256:00000000", (ROOT / REQUIREMENTS).read_text())
    (tmp_path / REQUIREMENTS).write_text(text)
    python = find_interpreter(None, {}, allow_other=True)
    with pytest.raises(BuildFailed, match="HASHES"):
        assemble(tmp_path / "new" / "tree", tmp_path, python=python)
