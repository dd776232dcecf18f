"""Variables that AWS would refuse, for their names or for their size, on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lab.cli import main
from tests.support.lab.command_line import one_line, run


@pytest.mark.parametrize(
    "name",
    [
        *("AWS_REGION", "_HANDLER", "AWS_LAMBDA_RUNTIME_API", "LAMBDA_TASK_ROOT", "AWS_LAMBDA_FUNCTION_NAME"),
        *("AWS_LAMBDA_METADATA_API", "AWS_LAMBDA_METADATA_TOKEN"),
    ],
)
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


# counted as {"BUCKET":"…","KEY":"…"}, which is how AWS shows it
@pytest.mark.parametrize(
    ("variables", "size"),
    [
        pytest.param({"BIG": "x" * 4086}, 4096, id="as much as there may be"),
        pytest.param({"BIG": "x" * 4087}, 4097, id="a byte more"),
        pytest.param({"BUCKET": "b" * 2038, "KEY": "k" * 2036}, 4096, id="names, quotes, commas and brackets"),
        pytest.param({"BUCKET": "b" * 2038, "KEY": "k" * 2037}, 4097, id="a byte more of two"),
        pytest.param({"BIG": "ä" * 2044}, 4098, id="characters of two bytes"),
        pytest.param({"BIG": '"' * 2044}, 4098, id="quotes that JSON escapes"),
        pytest.param(
            {"BIG": "x" * 4086, "AWS_SESSION_TOKEN": "t" * 999}, 4096, id="a token, which is the role's on AWS"
        ),
    ],
)
def test_variables_have_lambda_s_limit_of_size(package: Path, variables: dict[str, str], size: int) -> None:
    given = [f"--env={name}={value}" for name, value in variables.items()]
    done = run("invoke", "-", "--package", str(package), "--handler", "probe.handler", *given, text='{"do": "where"}')
    if size <= 4096:
        assert done.returncode == 0, done.stderr
        return
    largest = max(variables, key=lambda name: len(variables[name]))
    assert one_line(done) == (
        f"lab: --env: the variables take {size:,} bytes as JSON, {size - 4096:,} more than Lambda's 4,096: "
        f"shorten them, above all {largest}, or keep what is large in the package, SSM or S3"
    )


def test_the_app_s_own_variables_of_the_caller_count(package: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["serve", "--port", "0", "--package", str(package), "--env", f"OTHER={'x' * 2100}"]
    assert main(command, {"MONOLAMBDA_PRESETS": "y" * 2100, "OTHER_PROGRAM": "z" * 9999}) == 1
    assert capsys.readouterr().err.startswith("lab: --env and MONOLAMBDA_*: the variables take 4,236 bytes as JSON, ")
