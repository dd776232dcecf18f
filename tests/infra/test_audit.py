"""The package keeps its limits, and the audit sees each thing that could be wrong with one."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from infra.package import archive, lambda_runtime
from infra.package.audit import Audit, audit
from infra.package.bytecode import cache_name
from infra.package.interpreters import Interpreter
from tests.infra.libraries import library

Files = dict[str, bytes]
TAG = "cpython-313"


@pytest.fixture(scope="session")
def contents(package_zip: Path) -> Files:
    with zipfile.ZipFile(package_zip) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def test_package_is_fit_to_ship(
    package_zip: Path, package_python: Interpreter, capsys: pytest.CaptureFixture[str]
) -> None:
    found = audit(package_zip, tag=package_python.tag, magic=package_python.magic)
    with capsys.disabled():
        print(f"\n{package_python}\n{found}")
    assert found.problems == ()
    assert found.zipped <= 7_500_000
    assert found.unpacked <= 22_000_000
    assert len(found.largest) == 10
    assert found.largest[0][0] in str(found)


def _audit_small(contents: Files, change: Callable[[Files], object], tmp_path: Path, python: Interpreter) -> Audit:
    """Audit a package with our own part of the contents and one of the libraries, after ``change``."""
    small = {name: data for name, data in contents.items() if name.startswith(("app/", "wsgi", "__pycache__/"))}
    for name in ("flask/__init__.py", "apig_wsgi/__init__.py", "PIL/Image.py"):
        small[name] = contents[name]
        small[cache_name(name, python.tag)] = contents[cache_name(name, python.tag)]
    change(small)
    archive.write(small, tmp_path / "small.zip")
    return audit(tmp_path / "small.zip", tag=python.tag, magic=python.magic)


def _pyc(python: Interpreter) -> str:
    return cache_name("wsgi.py", python.tag)


def _patch(data: bytes, at: int, new: bytes) -> bytes:
    return data[:at] + new + data[at + len(new) :]


# A value that looks like an AWS key id only when it is put together.
_KEY_ID = ("AKIA" + "Q" * 16).encode()

_DEFECTS: dict[str, tuple[Callable[[Files, Interpreter], object], str]] = {
    "no wsgi": (lambda files, python: files.pop("wsgi.py"), "wsgi.py: missing"),
    "source changed": (lambda files, python: files.update({"wsgi.py": b"app = 1"}), "stale"),
    "bytecode lost": (lambda files, python: files.pop(_pyc(python)), "missing, so every cold start"),
    "bytecode alone": (lambda files, python: files.update({"app/gone.pyc": b""}), "without its source"),
    "dated bytecode": (
        lambda files, python: files.update({_pyc(python): _patch(files[_pyc(python)], 4, bytes(4))}),
        "not checked by hash",
    ),
    "unchecked bytecode": (
        lambda files, python: files.update({_pyc(python): _patch(files[_pyc(python)], 4, b"\1\0\0\0")}),
        "not checked by hash",
    ),
    "another Python's bytecode": (
        lambda files, python: files.update({_pyc(python): _patch(files[_pyc(python)], 0, b"\0\0\r\n")}),
        "written by another Python",
    ),
    "path of the builder": (
        lambda files, python: files.update({_pyc(python): files[_pyc(python)].replace(b"/var/task", b"/home/you")}),
        "does not carry its path",
    ),
    "access key": (
        lambda files, python: files.update({"app/a.txt": b"id = " + _KEY_ID}),
        "app/a.txt: holds a private key",
    ),
    "private key": (
        lambda files, python: files.update({"app/a.txt": b"-----BEGIN RSA PRIVATE " + b"KEY-----"}),
        "app/a.txt: holds a private key",
    ),
    "a newer glibc": (
        lambda files, python: files.update({"app/x.so": library(version="GLIBC_2.38")}),
        "app/x.so: needs GLIBC_2.38, newer than the runtime's",
    ),
    "a library that is nowhere": (
        lambda files, python: files.update({"app/x.so": library(needed="libfreetype.so.6")}),
        "app/x.so: needs libfreetype.so.6, which is not there",
    ),
}


@pytest.mark.parametrize("name", list(_DEFECTS))
def test_defect_is_named(name: str, contents: Files, package_python: Interpreter, tmp_path: Path) -> None:
    change, words = _DEFECTS[name]
    found = _audit_small(contents, lambda files: change(files, package_python), tmp_path, package_python)
    assert any(words in problem for problem in found.problems), found.problems


def test_small_package_without_a_defect_passes(contents: Files, package_python: Interpreter, tmp_path: Path) -> None:
    assert _audit_small(contents, lambda files: None, tmp_path, package_python).problems == ()


_FOREIGN = (
    "boto3/a.txt",
    "botocore/a.txt",
    "boto3-1.0.dist-info/METADATA",
    "zappa/a.txt",
    "pip/a.txt",
    "tests/a.txt",
    "app/tests/a.txt",
    "lab/a.txt",
    "bench/a.txt",
    "docs/a.txt",
    "infra/policy.json",
    "zappa_settings.json",
    "bin/flask",
    ".env",
    "app/.env",
    ".git/config",
    "var/secret",
    "app/a.key",
)


@pytest.mark.parametrize("name", _FOREIGN)
def test_what_does_not_belong_is_named(name: str, contents: Files, package_python: Interpreter, tmp_path: Path) -> None:
    found = _audit_small(contents, lambda files: files.update({name: b""}), tmp_path, package_python)
    assert found.problems == (f"{name}: does not belong in the package",)


def test_sizes_are_limits(contents: Files, package_python: Interpreter, tmp_path: Path) -> None:
    padding = {"app/a.bin": bytes(lambda_runtime.MAX_UNPACKED)}
    found = _audit_small(contents, lambda files: files.update(padding), tmp_path, package_python)
    assert [problem.split(" bytes ")[1] for problem in found.problems] == ["unpacked are more than 22,000,000"]


def test_dates_and_modes_are_named(contents: Files, package_python: Interpreter, tmp_path: Path) -> None:
    path = tmp_path / "dated.zip"
    with zipfile.ZipFile(path, "w") as opened:
        opened.writestr(zipfile.ZipInfo("b.txt", (2020, 1, 1, 0, 0, 0)), b"")
        opened.writestr(zipfile.ZipInfo("a.txt"), b"")
    found = audit(path, tag=package_python.tag, magic=package_python.magic).problems
    assert "members are not sorted, or not unique" in found
    assert "b.txt: has a date or mode of its own" in found
