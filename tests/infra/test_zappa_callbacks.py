"""Zappa, run as a user runs it, ships our package; the callbacks fail safe and keep the function's policy small."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from infra.package import lambda_runtime
from infra.package.build import ROOT
from infra.package.interpreters import PYTHON_VARIABLE, Interpreter
from infra.zappa_callbacks import drop_stale_permissions
from tests.infra.package.fake_python import PYTHON_3_12, fake_python


def _zappa(*arguments: str, environ: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run Zappa's command line in the project, with the virtual environment active and no network."""
    active = {"VIRTUAL_ENV": sys.prefix, "AWS_EC2_METADATA_DISABLED": "true"}
    command = [sys.executable, "-c", "from zappa.cli import handle; handle()", *arguments]
    return subprocess.run(command, cwd=ROOT, env={**environ, **active}, capture_output=True, text=True, check=False)


def test_zappa_package_writes_our_package(
    package_zip: Path, package_python: Interpreter, package_environ: Mapping[str, str], tmp_path: Path
) -> None:
    if not package_python.is_runtime:
        pytest.skip(f"zappa package needs {lambda_runtime.NAME}, which is not installed here")
    output = tmp_path / "zappa.zip"
    done = _zappa("package", "dev", "-o", str(output), environ=package_environ)
    assert done.returncode == 0, done.stderr
    assert output.read_bytes() == package_zip.read_bytes()


def test_zappa_refuses_a_wrong_python_before_it_does_anything(tmp_path: Path) -> None:
    wrong = fake_python(tmp_path / "python", PYTHON_3_12)
    output = tmp_path / "zappa.zip"
    environ = {**os.environ, "HTTPS_PROXY": "http://127.0.0.1:9", PYTHON_VARIABLE: str(wrong)}
    done = _zappa("package", "dev", "-o", str(output), environ=environ)
    assert done.returncode == 1
    assert "Python 3.12.1" in done.stderr
    assert "pyenv install 3.13" in done.stderr
    assert "Packaging project" not in done.stderr
    assert not output.exists()


def test_a_failed_build_leaves_no_zip_of_zappas_to_deploy(tmp_path: Path) -> None:
    zappas_zip = tmp_path / "zappas.zip"
    zappas_zip.write_bytes(b"PK")
    code = "import sys; from types import SimpleNamespace as N; from infra.zappa_callbacks import replace_zip\n"
    done = subprocess.run(
        [sys.executable, "-c", code + f"replace_zip(N(zip_path={str(zappas_zip)!r}))"],
        cwd=ROOT,
        env={**os.environ, PYTHON_VARIABLE: str(tmp_path / "nothing")},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 1
    assert not zappas_zip.exists()


class _FunctionPolicy:
    """A Lambda client that knows one function's policy."""

    class exceptions:
        class ResourceNotFoundException(Exception):
            pass

    def __init__(self, *statements: dict[str, Any]) -> None:
        self._statements = list(statements)

    def get_policy(self, FunctionName: str) -> dict[str, str]:
        if not self._statements:
            raise self.exceptions.ResourceNotFoundException
        return {"Policy": json.dumps({"Statement": self._statements})}

    def remove_permission(self, FunctionName: str, StatementId: str) -> None:
        self._statements = [each for each in self._statements if each["Sid"] != StatementId]

    def kept(self) -> list[str]:
        """Run the callback and return the ids of the statements it keeps."""
        zappa = SimpleNamespace(lambda_client=self)
        drop_stale_permissions(SimpleNamespace(zip_path="", lambda_name="monolambda-dev", zappa=zappa))
        return [each["Sid"] for each in self._statements]


def _statement(sid: str, bucket: str, *, account: bool = True, service: str = "s3") -> dict[str, Any]:
    source_account = {"StringEquals": {"AWS:SourceAccount": "111122223333"}} if account else {}
    condition = {**source_account, "ArnLike": {"AWS:SourceArn": f"arn:aws:s3:::{bucket}"}}
    return {"Sid": sid, "Principal": {"Service": f"{service}.amazonaws.com"}, "Condition": condition}


def test_each_bucket_keeps_the_one_permission_that_names_the_account() -> None:
    ours, without_account = _statement("B", "photos"), _statement("s3-photos", "photos", account=False)
    other_bucket, other_service = _statement("C", "others"), _statement("D", "photos", service="events")
    assert _FunctionPolicy(_statement("A", "photos"), ours, without_account).kept() == ["B"]
    assert _FunctionPolicy(ours, other_bucket, other_service).kept() == ["B", "C", "D"]
    assert _FunctionPolicy(without_account).kept() == ["s3-photos"], "better than none"
    assert _FunctionPolicy({"Sid": "by hand", "Principal": {"AWS": "1"}}, ours).kept() == ["by hand", "B"]
    assert _FunctionPolicy().kept() == []
