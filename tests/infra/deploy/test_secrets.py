"""The secret and the first API key of a stage: made once, encrypted, and only the hash of the key is kept."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.deploy.secrets import make_parameters
from infra.package.build import ROOT
from tests.support.s3.server import moto, new_session
from tests.support.wsgi_server import WsgiServer


@pytest.fixture
def ssm() -> Iterator[Any]:
    with WsgiServer(moto()) as server:
        client = new_session(server.url).client("ssm")
        yield client
        client.delete_parameters(Names=["/monolambda/once/secret", "/monolambda/once/api-keys"])
        client.close()


def test_both_are_secure_strings_and_only_the_hash_of_the_key_is_kept(ssm: Any) -> None:
    *_, told = make_parameters(ssm, "monolambda", "once")
    key = told.rpartition(" ")[2]
    assert len(key) == 64
    names = ["/monolambda/once/api-keys", "/monolambda/once/secret"]
    kept = ssm.get_parameters(Names=names, WithDecryption=True)["Parameters"]
    assert {each["Type"] for each in kept} == {"SecureString"}
    values = {each["Name"]: each["Value"] for each in kept}
    assert values["/monolambda/once/api-keys"] == hashlib.sha256(key.encode()).hexdigest()
    assert len(values["/monolambda/once/secret"]) == 64


def test_what_exists_stays_as_it_is(ssm: Any) -> None:
    """Another secret would give every image another id, another key would lock every caller out."""
    ssm.put_parameter(Name="/monolambda/once/secret", Value="old", Type="SecureString")
    lines = make_parameters(ssm, "monolambda", "once")
    assert lines[0] == "/monolambda/once/secret exists already"
    assert "The key" in lines[2]
    assert make_parameters(ssm, "monolambda", "once") == [
        "/monolambda/once/secret exists already",
        "/monolambda/once/api-keys exists already",
    ]
    kept = ssm.get_parameter(Name="/monolambda/once/secret", WithDecryption=True)["Parameter"]
    assert kept["Value"] == "old"


UNCONFIGURED = {
    **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
    **{"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull, "AWS_EC2_METADATA_DISABLED": "true"},
}


@pytest.mark.parametrize("module", ["infra.deploy.secrets", "infra.prove"])
@pytest.mark.parametrize(
    ("region", "reason"), [("", "You must specify a region"), ("eu-west-1", "Unable to locate credentials")]
)
def test_a_shell_that_cannot_reach_aws_is_told_so_in_one_line(module: str, region: str, reason: str) -> None:
    environ = {**UNCONFIGURED, "KEY": "key", **({"AWS_DEFAULT_REGION": region} if region else {})}
    command = [sys.executable, "-m", module, "dev"]
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"{reason}: set AWS_PROFILE and AWS_DEFAULT_REGION, or run aws configure")


SSO_PROFILE = """[profile sso]
sso_start_url = https://company.example/start
sso_region = eu-west-1
sso_account_id = 123456789012
sso_role_name = deploy
"""


def test_whose_login_is_over_is_told_how_to_log_in(tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.write_text(SSO_PROFILE)
    own = {
        "HOME": str(tmp_path),
        "AWS_CONFIG_FILE": str(config),
        "AWS_PROFILE": "sso",
        "AWS_DEFAULT_REGION": "eu-west-1",
    }
    command = [sys.executable, "-m", "infra.deploy.secrets", "dev"]
    done = subprocess.run(command, cwd=ROOT, env={**UNCONFIGURED, **own}, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.endswith(": run aws sso login")


@pytest.mark.parametrize("arguments", [[], ["staging"]])
def test_an_unknown_stage_is_refused(arguments: list[str]) -> None:
    command = [sys.executable, "-m", "infra.deploy.secrets", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "dev or production" in done.stderr
