"""zappa_settings.json is what the design demands, and Zappa reads every key in it."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path

import pytest
from zappa.utilities import S3EventSource  # type: ignore[import-untyped]

from app.config import from_environ
from app.events.classify import Kind, classify
from app.storage import keys
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
        "exclude": ["*"],
        "prebuild_script": "infra.zappa_callbacks.refuse_wrong_python",
        "callbacks": {
            "settings": "infra.zappa_callbacks.check_stage",
            "zip": "infra.zappa_callbacks.replace_zip",
            "post": "infra.zappa_callbacks.drop_stale_permissions",
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
    assert not any("SECRET" in name or "KEY" in name for name in variables)


@every_stage
def test_events_are_the_inbox_of_the_stage_and_a_daily_purge(stage: str) -> None:
    """Zappa 0.63 filters by ``prefix`` and ``suffix``, and ignores ``key_filters``, which older versions knew."""
    inbox, purge = SETTINGS[stage]["events"]
    bucket, prefix = _storage(stage)
    source = inbox["event_source"]
    assert source == {
        "arn": f"arn:aws:s3:::{bucket}",
        "events": ["s3:ObjectCreated:*"],
        "prefix": f"{prefix}/{keys.INBOX}",
    }
    assert S3EventSource(_SessionWithoutClients(), source).prefix == source["prefix"]
    assert classify({"source": "aws.events", "kwargs": purge["kwargs"]}) is Kind.PURGE
    # Zappa requires a function; our router ignores it, so it names the module that will answer
    for event in (inbox, purge):
        assert importlib.util.find_spec(event["function"]) is not None


class _SessionWithoutClients:
    """A boto3 session for code that only stores its clients."""

    def client(self, name: str) -> None:
        return None


def test_no_two_stages_share_a_storage() -> None:
    assert len({_storage(stage) for stage in SETTINGS}) == len(SETTINGS)
