"""Zappa, run as a user runs it, ships our package; the callbacks fail safe."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from infra.package import lambda_runtime
from infra.package.build import ROOT
from infra.package.interpreters import PYTHON_VARIABLE, Interpreter
from tests.infra.package.fake_python import PYTHON_3_12, fake_python
from tests.support.package_fixtures import digest


def _zappa(*arguments: str, environ: Mapping[str, str], project: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run Zappa's command line in a project, with the virtual environment active and no network."""
    active = {"VIRTUAL_ENV": sys.prefix, "AWS_EC2_METADATA_DISABLED": "true"}
    command = [sys.executable, "-c", "from zappa.cli import handle; handle()", *arguments]
    return subprocess.run(command, cwd=project, env={**environ, **active}, capture_output=True, text=True, check=False)


def test_zappa_package_writes_our_package(
    package_zip: Path, package_python: Interpreter, package_environ: Mapping[str, str], tmp_path: Path
) -> None:
    if not package_python.is_runtime:
        pytest.skip(f"zappa package needs {lambda_runtime.NAME}, which is not installed here")
    output = tmp_path / "zappa.zip"
    done = _zappa("package", "dev", "-o", str(output), environ=package_environ)
    assert done.returncode == 0, done.stderr
    assert digest(output) == digest(package_zip)


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


def test_the_names_that_the_project_ships_with_are_refused_before_aws_is_asked(tmp_path: Path) -> None:
    """The stack would refuse them too, for their capital letters, but would not say whose they are.

    In a project of its own: in one whose names were replaced this would deploy it.
    """
    (tmp_path / "infra").symlink_to(ROOT / "infra")
    settings = json.loads((ROOT / "zappa_settings.json").read_text())["dev"]
    settings["s3_bucket"] = "monolambda-deploy-EXAMPLE"
    settings["aws_environment_variables"]["MONOLAMBDA_STORAGE"] = "s3://monolambda-images-EXAMPLE/dev"
    (tmp_path / "zappa_settings.json").write_text(json.dumps({"dev": settings}))
    nowhere = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_DEFAULT_REGION": "eu-west-1"}
    done = _zappa("deploy", "dev", environ={**os.environ, **nowhere}, project=tmp_path)
    assert done.returncode == 1
    assert "monolambda-images-EXAMPLE and monolambda-deploy-EXAMPLE in zappa_settings.json are not yours" in done.stderr


def test_a_failed_build_leaves_no_zip_of_zappas_to_deploy(tmp_path: Path) -> None:
    zappas_zip = tmp_path / "zappas.zip"
    zappas_zip.write_bytes(b"PK")
    code = "import sys; from types import SimpleNamespace as N; from infra.zappa_callbacks import replace_zip\n"
    done = subprocess.run(
        [sys.executable, "-c", code + f"replace_zip(N(zip_path={str(zappas_zip)!r}, architecture='x86_64'))"],
        cwd=ROOT,
        env={**os.environ, PYTHON_VARIABLE: str(tmp_path / "nothing")},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 1
    assert not zappas_zip.exists()
