"""Which of the app's files go into the package."""

from __future__ import annotations

import subprocess
import zipfile
from pathlib import Path

import pytest

from infra.package.assemble import app_files, pins, untracked_files
from infra.package.build import ROOT


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


@pytest.mark.parametrize(("architecture", "expected"), [("x86_64", ["a==1", "b==2"]), ("arm64", ["a==1", "c==3"])])
def test_markers_are_evaluated_for_lambda(architecture: str, expected: list[str]) -> None:
    lines = [
        "# Why it is here",
        "a==1",
        "b==2; platform_machine == 'x86_64'",
        "c==3; platform_machine == 'aarch64'",
        "d==4; sys_platform != 'linux'",
    ]
    assert pins("\n".join(lines), architecture) == expected
