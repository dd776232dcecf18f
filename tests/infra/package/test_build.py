from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from infra.package.assemble import untracked_files
from infra.package.build import ROOT
from infra.package.interpreters import Interpreter
from tests.support.package_fixtures import build_package


def _clone(root: Path) -> Path:
    """Copy what the package is built from, and what builds it, into a repository of its own."""
    for directory in ("app", "infra"):
        shutil.copytree(ROOT / directory, root / directory, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("wsgi.py", "NOTICE", "requirements-lambda.txt", ".gitignore"):
        shutil.copyfile(ROOT / name, root / name)
    for name in untracked_files(ROOT):
        (root / name).unlink()
    for arguments in (["init", "--quiet"], ["add", "."]):
        subprocess.run(["git", *arguments], cwd=root, check=True, capture_output=True)
    return root


def test_a_build_elsewhere_with_stray_files_gives_the_same_bytes(
    package_zip: Path, package_environ: Mapping[str, str], package_python: Interpreter, tmp_path: Path
) -> None:
    """Neither the directory nor files that git ignores or does not track change the package."""
    root = _clone(tmp_path / "a longer way down")
    for stray in ("app/notes.txt", "app/.env", "app/__pycache__/old.cpython-313.pyc", "app/static/.DS_Store"):
        (root / stray).parent.mkdir(exist_ok=True)
        (root / stray).write_text("not for Lambda")
    rebuilt = build_package(root, root / "rebuilt.zip", package_environ, python=package_python)
    assert rebuilt.read_bytes() == package_zip.read_bytes()
    assert not list((root / "build").iterdir())
