"""Packages with one deliberate defect."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from infra.package import archive
from infra.package.audit import Audit, audit
from infra.package.bundle import opened_bundle
from infra.package.interpreters import Interpreter

Files = dict[str, bytes]
Change = Callable[[Files], object]
AuditChanged = Callable[[Change], Audit]


@pytest.fixture(scope="session")
def package_files(package_zip: Path, package_python: Interpreter) -> Files:
    """Return the contents of the package by name, the bytecode of its bundle in files of their own."""
    with zipfile.ZipFile(package_zip) as opened:
        return opened_bundle({name: opened.read(name) for name in opened.namelist()}, package_python.tag)


@pytest.fixture
def audit_changed(package_files: Files, package_python: Interpreter, tmp_path: Path) -> AuditChanged:
    """Return a function that audits a small package, with our own files and a few others, after a change to it."""

    def run(change: Change) -> Audit:
        files = {
            name: data
            for name, data in package_files.items()
            if name.startswith(("app/", "wsgi", "NOTICE", "__pycache__/"))
        }
        for name in ("flask/__init__.pyc", "apig_wsgi/__init__.pyc", "PIL/Image.pyc", "pi_heif/__init__.pyc"):
            files[name] = package_files[name]
        change(files)
        archive.write(files, tmp_path / "small.zip")
        return audit(tmp_path / "small.zip", tag=package_python.tag, magic=package_python.magic)

    return run
