from __future__ import annotations

import shutil
import subprocess
import zipfile
from collections.abc import Mapping
from pathlib import Path

from infra.package.assemble import untracked_files
from infra.package.audit import audit
from infra.package.build import ROOT, build
from infra.package.elf import is_elf, machine
from infra.package.interpreters import Interpreter
from tests.support.package_fixtures import build_package, digest


def _clone(root: Path) -> Path:
    """Copy what the package is built from, and what builds it, into a repository of its own."""
    for directory in ("app", "infra", "measurement"):
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
    for stray in ("app/notes.txt", "app/.env", "app/__pycache__/old.cpython-313.pyc", "app/views/static/.DS_Store"):
        (root / stray).parent.mkdir(exist_ok=True)
        (root / stray).write_text("not for Lambda")
    rebuilt = build_package(root, root / "rebuilt.zip", package_environ, python=package_python)
    assert digest(rebuilt) == digest(package_zip)
    assert [path.name for path in (root / "build").iterdir()] == ["package.lock"]


def test_the_package_for_arm64_is_built_and_audited_from_wheels(package_python: Interpreter, tmp_path: Path) -> None:
    """It is not run: this machine may have another processor."""
    built = build(tmp_path / "arm64.zip", python=package_python, architecture="arm64")
    assert built.audit.problems == ()
    with zipfile.ZipFile(built.path) as opened:
        libraries = [data for name in opened.namelist() if is_elf(data := opened.read(name))]
    assert len(libraries) > 10
    assert {machine(data) for data in libraries} == {"aarch64"}


def test_a_package_for_another_processor_is_refused(package_zip: Path, package_python: Interpreter) -> None:
    audited = audit(package_zip, tag=package_python.tag, magic=package_python.magic, architecture="arm64")
    assert any("is for x86_64, not for aarch64" in problem for problem in audited.problems)
