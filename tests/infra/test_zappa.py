"""Zappa itself, run as a user runs it, ships our package; its settings say what the design demands."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from app.config import from_environ
from infra.package import runtime
from infra.package.build import ROOT
from infra.package.pythons import VARIABLE, Interpreter

_STAGES: dict[str, dict[str, Any]] = json.loads((ROOT / "zappa_settings.json").read_text())
_POLICY: dict[str, Any] = json.loads((ROOT / "infra" / "policy.json").read_text())


def _zappa(*arguments: str, environ: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run Zappa's command line in the project, with its virtual environment active and no way to any network."""
    active = {"VIRTUAL_ENV": sys.prefix, "AWS_EC2_METADATA_DISABLED": "true"}
    command = [sys.executable, "-c", "from zappa.cli import handle; handle()", *arguments]
    return subprocess.run(command, cwd=ROOT, env={**environ, **active}, capture_output=True, text=True, check=False)


def _merged(stage: str) -> dict[str, Any]:
    return {**_STAGES.get(_STAGES[stage].get("extends", ""), {}), **_STAGES[stage]}


def test_zappa_package_is_our_package(
    package_zip: Path, package_python: Interpreter, package_environ: Mapping[str, str], tmp_path: Path
) -> None:
    if not package_python.is_runtime:
        pytest.skip(f"there is no {runtime.NAME} here, and zappa package rightly refuses")
    output = tmp_path / "zappa.zip"
    done = _zappa("package", "dev", "-o", str(output), environ=package_environ)
    assert done.returncode == 0, done.stderr
    assert output.read_bytes() == package_zip.read_bytes()


def test_zappa_refuses_a_wrong_python_before_it_does_anything(tmp_path: Path) -> None:
    other = tmp_path / "python"
    other.write_text("""#!/bin/sh\necho '[[3, 12, 1], "cpython-312", "cb0d0d0a"]'\n""")
    other.chmod(0o755)
    output = tmp_path / "zappa.zip"
    environ = {**os.environ, "HTTPS_PROXY": "http://127.0.0.1:9", VARIABLE: str(other)}
    done = _zappa("package", "dev", "-o", str(output), environ=environ)
    assert done.returncode == 1
    assert "Python 3.12.1" in done.stderr
    assert "pyenv install 3.13" in done.stderr
    assert "Packaging project" not in done.stderr
    assert not output.exists()


def test_hook_leaves_no_zip_of_zappas_when_ours_cannot_be_built(tmp_path: Path) -> None:
    """A failed build must not leave behind a zip that a later command could deploy."""
    theirs = tmp_path / "theirs.zip"
    theirs.write_bytes(b"PK")
    code = "import sys; from types import SimpleNamespace as N; from infra.package.zappa_hook import replace_zip\n"
    done = subprocess.run(
        [sys.executable, "-c", code + f"replace_zip(N(zip_path={str(theirs)!r}))"],
        cwd=ROOT,
        env={**os.environ, VARIABLE: str(tmp_path / "nothing")},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 1
    assert not theirs.exists()


@pytest.mark.parametrize("stage", list(_STAGES))
def test_settings_are_what_the_design_demands(stage: str) -> None:
    settings = _merged(stage)
    demanded = {
        "project_name": "monolambda",
        "lambda_handler": "wsgi.handler",
        "runtime": runtime.NAME,
        "apigateway_version": "v1",
        "endpoint_configuration": ["REGIONAL"],
        "binary_support": True,
        "payload_compression": False,
        "slim_handler": False,
        "use_precompiled_packages": False,
        "attach_policy": "infra/policy.json" if stage == "dev" else f"infra/policy-{stage}.json",
        "touch_path": "/healthz",
        "exclude": ["*"],
        "prebuild_script": "infra.package.zappa_hook.refuse_wrong_python",
        "callbacks": {"zip": "infra.package.zappa_hook.replace_zip"},
    }
    assert {name: settings.get(name) for name in demanded} == demanded
    assert "environment_variables" not in settings  # these reach only Zappa's own handler


@pytest.mark.parametrize("stage", list(_STAGES))
def test_every_key_is_one_that_zappa_reads(stage: str) -> None:
    spec = importlib.util.find_spec("zappa")
    assert spec is not None
    assert spec.origin is not None
    source = (Path(spec.origin).parent / "cli.py").read_text()
    known = set(re.findall(r"""stage_config\.get\(\s*"(\w+)\"""", source)) | {
        "extends",
        "attach_policy",
        "project_name",
    }
    assert set(_STAGES[stage]) <= known


@pytest.mark.parametrize("stage", list(_STAGES))
def test_environment_is_one_that_the_app_takes(stage: str) -> None:
    variables = _merged(stage)["aws_environment_variables"]
    assert from_environ(variables).storage.startswith("s3://")
    assert not any("SECRET" in name or "KEY" in name for name in variables)


def test_stages_share_no_image() -> None:
    places = {_merged(stage)["aws_environment_variables"]["MONOLAMBDA_STORAGE"] for stage in _STAGES}
    assert len(places) == len(_STAGES)


def test_policy_grants_no_wildcard_action_and_only_our_bucket() -> None:
    bucket = _merged("dev")["aws_environment_variables"]["MONOLAMBDA_STORAGE"].removeprefix("s3://").split("/")[0]
    for statement in _POLICY["Statement"]:
        actions, resources = (
            [value] if isinstance(value, str) else value for value in (statement["Action"], statement["Resource"])
        )
        assert not any("*" in action for action in actions)
        assert "*" not in resources
        for resource in resources:
            assert not resource.startswith("arn:aws:s3:") or resource.split(":::")[1].split("/")[0] == bucket
