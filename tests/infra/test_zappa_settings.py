"""zappa_settings.json is what the design demands, and Zappa reads every key in it."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path

import pytest

from app.core.config import from_environ
from app.events.classify import Kind, classify
from infra.deploy.settings import stages
from infra.package import lambda_runtime
from infra.package.build import ROOT

SETTINGS = stages()
every_stage = pytest.mark.parametrize("stage", list(SETTINGS))


def _storage(stage: str) -> tuple[str, str]:
    """Return bucket and prefix of a stage's images."""
    url: str = SETTINGS[stage]["aws_environment_variables"]["MONOLAMBDA_STORAGE"]
    bucket, _, prefix = url.removeprefix("s3://").partition("/")
    return bucket, prefix


@every_stage
def test_settings_are_what_the_design_demands(stage: str) -> None:
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
        "manage_roles": False,
        "touch_path": "/healthz",
        "keep_warm": False,  # the stage's own rule: the name of Zappa's is cut and hashed
        "exclude": ["*"],
        "prebuild_script": "infra.zappa_callbacks.refuse_wrong_python",
        "callbacks": {
            "settings": "infra.zappa_callbacks.check_stage",
            "zip": "infra.zappa_callbacks.replace_zip",
            "post": "infra.zappa_callbacks.finish_stage",
        },
    }
    assert {name: SETTINGS[stage].get(name) for name in demanded} == demanded
    assert "environment_variables" not in SETTINGS[stage]  # only Zappa's own handler reads these


@every_stage
def test_zappa_reads_every_key(stage: str) -> None:
    spec = importlib.util.find_spec("zappa")
    assert spec is not None
    assert spec.origin is not None
    source = (Path(spec.origin).parent / "cli.py").read_text()
    known = set(re.findall(r"""stage_config\.get\(\s*"(\w+)\"""", source))
    written = json.loads((ROOT / "zappa_settings.json").read_text())[stage]
    assert set(written) <= known | {"extends", "project_name"}


@every_stage
def test_the_app_accepts_the_environment(stage: str) -> None:
    variables = SETTINGS[stage]["aws_environment_variables"]
    assert from_environ(variables).storage.startswith("s3://")
    secrets = {name: value for name, value in variables.items() if "SECRET" in name or "KEY" in name}
    assert secrets == {
        "MONOLAMBDA_SECRET": f"ssm:/monolambda/{stage}/secret",
        "MONOLAMBDA_API_KEYS": f"ssm:/monolambda/{stage}/api-keys",
    }


@every_stage
def test_events_are_a_daily_purge_and_keep_warm_unless_containers_are_provisioned(stage: str) -> None:
    events = {event["function"]: event for event in SETTINGS[stage]["events"]}
    assert classify({"source": "aws.events", "kwargs": events.pop("purge")["kwargs"]}) is Kind.PURGE
    assert list(events) == ([] if "provisioned_concurrency" in SETTINGS[stage] else ["keep_warm"])
    # Zappa makes each rule anew at every update, so that a rate of a day would never pass under daily updates
    assert {event["expression"].split("(")[0] for event in SETTINGS[stage]["events"]} == {"cron"}
    # the inbox belongs to the stack: Zappa would remove its own S3 trigger and set it again at every update
    assert not any("event_source" in event for event in SETTINGS[stage]["events"])


def test_no_two_stages_share_a_storage() -> None:
    assert len({_storage(stage) for stage in SETTINGS}) == len(SETTINGS)
