"""The package passes the audit, and the audit reports each thing that can be wrong with a package."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from infra.package import lambda_runtime
from infra.package.audit import audit
from infra.package.interpreters import Interpreter
from tests.infra.package.conftest import AuditChanged, Change
from tests.support.shared_library import shared_library


def test_the_package_passes(package_zip: Path, package_python: Interpreter, capsys: pytest.CaptureFixture[str]) -> None:
    result = audit(package_zip, tag=package_python.tag, magic=package_python.magic)
    with capsys.disabled():
        print(f"\n{package_python}\n{result}")
    assert result.problems == ()
    assert result.zipped <= 10_000_000
    assert result.unpacked <= 33_000_000
    assert len(result.largest) == 10
    assert result.largest[0][0] in str(result)


def test_a_small_package_without_a_defect_passes(audit_changed: AuditChanged) -> None:
    assert audit_changed(lambda files: None).problems == ()


# Joined here, so that no scanner takes this file for one with an access key.
_ACCESS_KEY = ("AKIA" + "Q" * 16).encode()

_DEFECTS: dict[str, tuple[Change, str]] = {
    "no wsgi": (lambda files: files.pop("wsgi.py"), "wsgi.py: missing"),
    "access key": (
        lambda files: files.update({"app/a.txt": b"id = " + _ACCESS_KEY}),
        "app/a.txt: holds a private key",
    ),
    "private key": (
        lambda files: files.update({"app/a.txt": b"-----BEGIN RSA PRIVATE " + b"KEY-----"}),
        "app/a.txt: holds a private key",
    ),
    "newer glibc": (
        lambda files: files.update({"app/x.so": shared_library(version="GLIBC_2.38")}),
        "app/x.so: needs GLIBC_2.38, newer than the runtime's",
    ),
    "missing library": (
        lambda files: files.update({"app/x.so": shared_library(needed="libfreetype.so.6")}),
        "app/x.so: needs libfreetype.so.6, which is not there",
    ),
}


@pytest.mark.parametrize("name", list(_DEFECTS))
def test_a_defect_is_reported(name: str, audit_changed: AuditChanged) -> None:
    change, problem = _DEFECTS[name]
    problems = audit_changed(change).problems
    assert any(problem in each for each in problems), problems


_FORBIDDEN = (
    "boto3/a.txt",
    "botocore/a.txt",
    "boto3-1.0.dist-info/METADATA",
    "zappa/a.txt",
    "pip/a.txt",
    "tests/a.txt",
    "app/tests/a.txt",
    "lab/a.txt",
    "bench/a.txt",
    "measurement/a.txt",
    "docs/a.txt",
    "infra/monolambda.yaml",
    "zappa_settings.json",
    "bin/flask",
    ".env",
    "app/.env",
    ".git/config",
    "var/secret",
    "app/a.key",
)


@pytest.mark.parametrize("name", _FORBIDDEN)
def test_a_forbidden_file_is_reported(name: str, audit_changed: AuditChanged) -> None:
    audited = audit_changed(lambda files: files.update({name: b""}))
    assert audited.problems == (f"{name}: does not belong in the package",)


def test_a_package_over_the_size_limit_is_reported(audit_changed: AuditChanged) -> None:
    padding = {"app/a.bin": bytes(lambda_runtime.MAX_UNPACKED)}
    audited = audit_changed(lambda files: files.update(padding))
    assert [problem.split(" bytes ")[1] for problem in audited.problems] == ["unpacked are more than 32,000,000"]


def test_members_with_their_own_date_or_out_of_order_are_reported(package_python: Interpreter, tmp_path: Path) -> None:
    path = tmp_path / "dated.zip"
    with zipfile.ZipFile(path, "w") as opened:
        opened.writestr(zipfile.ZipInfo("b.txt", (2020, 1, 1, 0, 0, 0)), b"")
        opened.writestr(zipfile.ZipInfo("a.txt"), b"")
    problems = audit(path, tag=package_python.tag, magic=package_python.magic).problems
    assert "members are not sorted, or not unique" in problems
    assert "b.txt: has a date or mode of its own" in problems
