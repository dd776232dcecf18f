"""Names of variables that AWS would refuse, on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.lab.command_line import one_line, run


@pytest.mark.parametrize("name", ["AWS_REGION", "_HANDLER", "AWS_LAMBDA_RUNTIME_API", "LAMBDA_TASK_ROOT"])
def test_a_reserved_variable_is_refused_in_one_line(package: Path, name: str) -> None:
    done = run("invoke", "-", "--package", str(package), "--handler", "probe.handler", "--env", f"{name}=x", text="{}")
    assert one_line(done) == f"lab: --env: {name} is reserved: Lambda sets it itself"


@pytest.mark.parametrize("name", ["_X", "1X", "X", "A-B", "A B", "É1"])
def test_a_name_that_aws_does_not_take_is_refused_in_one_line(package: Path, name: str) -> None:
    done = run("invoke", "-", "--package", str(package), "--handler", "probe.handler", "--env", f"{name}=x", text="{}")
    assert one_line(done).startswith("lab: --env: expected a name of two or more letters, digits and underscores")


def test_paths_and_credentials_can_be_given(package: Path) -> None:
    given = [f"--env={name}=x" for name in ("X1", "TZ", "AWS_ACCESS_KEY_ID")]
    command = ("invoke", "-", "--package", str(package), "--handler", "probe.handler", *given)
    done = run(*command, text='{"do": "where"}')
    assert {"X1", "TZ", "AWS_ACCESS_KEY_ID"} <= {*json.loads(done.stdout)["environment"]}, done.stderr
