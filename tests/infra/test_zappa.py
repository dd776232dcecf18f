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
from types import SimpleNamespace
from typing import Any

import pytest
from zappa.utilities import S3EventSource

from app.config import from_environ
from app.events.classify import Kind, classify
from app.storage import keys
from infra.package import lambda_runtime
from infra.package.build import ROOT
from infra.package.interpreters import PYTHON_VARIABLE, Interpreter
from infra.package.zappa_callbacks import drop_stale_permissions

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
        pytest.skip(f"there is no {lambda_runtime.NAME} here, and zappa package rightly refuses")
    output = tmp_path / "zappa.zip"
    done = _zappa("package", "dev", "-o", str(output), environ=package_environ)
    assert done.returncode == 0, done.stderr
    assert output.read_bytes() == package_zip.read_bytes()


def test_zappa_refuses_a_wrong_python_before_it_does_anything(tmp_path: Path) -> None:
    other = tmp_path / "python"
    other.write_text("""#!/bin/sh\necho '[[3, 12, 1], "cpython-312", "cb0d0d0a"]'\n""")
    other.chmod(0o755)
    output = tmp_path / "zappa.zip"
    environ = {**os.environ, "HTTPS_PROXY": "http://127.0.0.1:9", PYTHON_VARIABLE: str(other)}
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
    code = "import sys; from types import SimpleNamespace as N; from infra.package.zappa_callbacks import replace_zip\n"
    done = subprocess.run(
        [sys.executable, "-c", code + f"replace_zip(N(zip_path={str(theirs)!r}))"],
        cwd=ROOT,
        env={**os.environ, PYTHON_VARIABLE: str(tmp_path / "nothing")},
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
        "runtime": lambda_runtime.NAME,
        "apigateway_version": "v1",
        "endpoint_configuration": ["REGIONAL"],
        "binary_support": True,
        "payload_compression": False,
        "slim_handler": False,
        "use_precompiled_packages": False,
        "attach_policy": "infra/policy.json" if stage == "dev" else f"infra/policy-{stage}.json",
        "touch_path": "/healthz",
        "exclude": ["*"],
        "prebuild_script": "infra.package.zappa_callbacks.refuse_wrong_python",
        "callbacks": {
            "zip": "infra.package.zappa_callbacks.replace_zip",
            "post": "infra.package.zappa_callbacks.drop_stale_permissions",
        },
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


@pytest.mark.parametrize("stage", list(_STAGES))
def test_events_are_the_inbox_of_the_stage_and_a_daily_purge(stage: str) -> None:
    """Zappa 0.63 filters by ``prefix`` and ``suffix``; ``key_filters``, which older ones knew, it would pass over."""
    inbox, purge = _merged(stage)["events"]
    bucket, prefix = _merged(stage)["aws_environment_variables"]["MONOLAMBDA_STORAGE"].removeprefix("s3://").split("/")
    source = inbox["event_source"]
    assert source == {
        "arn": f"arn:aws:s3:::{bucket}",
        "events": ["s3:ObjectCreated:*"],
        "prefix": f"{prefix}/{keys.INBOX}",
    }
    assert S3EventSource(_Session(), source).prefix == source["prefix"]
    assert classify({"source": "aws.events", "kwargs": purge["kwargs"]}) is Kind.PURGE
    # Zappa wants one; at run time it is our router that decides, so it is the module that answers
    for event in (inbox, purge):
        assert importlib.util.find_spec(event["function"]) is not None


class _Session:
    """A boto3 session that has no clients."""

    def client(self, name: str) -> None:
        return None


class _Policy:
    """What Lambda knows of a function's policy, and forgets when told to."""

    class exceptions:
        class ResourceNotFoundException(Exception):
            pass

    def __init__(self, *statements: dict[str, Any]) -> None:
        self.statements = list(statements)

    def get_policy(self, FunctionName: str) -> dict[str, str]:
        if not self.statements:
            raise self.exceptions.ResourceNotFoundException
        return {"Policy": json.dumps({"Statement": self.statements})}

    def remove_permission(self, FunctionName: str, StatementId: str) -> None:
        self.statements = [each for each in self.statements if each["Sid"] != StatementId]

    def left(self) -> list[str]:
        client = SimpleNamespace(lambda_client=self)
        drop_stale_permissions(SimpleNamespace(zip_path="", lambda_name="monolambda-dev", zappa=client))
        return [each["Sid"] for each in self.statements]


def _let(sid: str, bucket: str, *, account: bool = True, service: str = "s3") -> dict[str, Any]:
    named = {"StringEquals": {"AWS:SourceAccount": "111122223333"}} if account else {}
    condition = {**named, "ArnLike": {"AWS:SourceArn": f"arn:aws:s3:::{bucket}"}}
    return {"Sid": sid, "Principal": {"Service": f"{service}.amazonaws.com"}, "Condition": condition}


def test_hook_leaves_each_bucket_the_permission_that_names_the_account() -> None:
    ours, theirs = _let("B", "photos"), _let("s3-photos", "photos", account=False)
    assert _Policy(_let("A", "photos"), ours, theirs).left() == ["B"]
    assert _Policy(ours, _let("C", "others"), _let("D", "photos", service="events")).left() == ["B", "C", "D"]
    assert _Policy(theirs).left() == ["s3-photos"], "better than none"
    assert _Policy({"Sid": "by hand", "Principal": {"AWS": "1"}}, ours).left() == ["by hand", "B"]
    assert _Policy().left() == []


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
