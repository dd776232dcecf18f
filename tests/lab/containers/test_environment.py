"""The environment variables of a container, and what AWS's client does with them."""

from __future__ import annotations

import re
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from lab.account.function import Function
from lab.containers.environment import environment, log_stream, runtime_name
from tests.support.lab.fleet_client import MakeFleet, MakeFunction
from tests.support.lab.running_function import running

NAME = "AWS_EXECUTION_ENV"


HERE = f"AWS_Lambda_python{sys.version_info.major}.{sys.version_info.minor}"


def variable(function: Function) -> str | None:
    return environment(function, "127.0.0.1:9", Path("/tmp"), log_stream="s", clean=True).get(NAME)


def test_a_log_stream_has_a_day_a_version_and_a_container(make_fleet: MakeFleet) -> None:
    assert log_stream("7", "ab" * 16, datetime(2026, 1, 2, 3, tzinfo=UTC)) == f"2026/01/02/[7]{'ab' * 16}"
    client = make_fleet()
    streams = [client.value("where")["log_stream"] for _ in range(2)]
    (container,) = client.fleet.containers
    assert streams[0] == streams[1]
    assert re.fullmatch(rf"\d{{4}}/\d\d/\d\d/\[\$LATEST\]{container.name}", streams[0])


def test_a_container_knows_its_runtime(make_fleet: MakeFleet, make_function: MakeFunction) -> None:
    assert variable(make_function()) == HERE
    assert NAME in make_fleet().value("where")["environment"]


@pytest.mark.parametrize(
    ("file", "expected"),
    [("python3.13", "AWS_Lambda_python3.13"), ("python3", None), ("pypy3.11", None), ("python3.13t", None)],
)
def test_the_runtime_has_the_version_of_the_interpreter(
    make_function: MakeFunction, tmp_path: Path, file: str, expected: str | None
) -> None:
    (tmp_path / file).touch()
    link = tmp_path / "python"
    link.symlink_to(tmp_path / file)
    function = msgspec.structs.replace(make_function(), python=link)
    assert variable(function) == expected
    assert f"AWS_Lambda_{runtime_name(link)}" == (expected or "AWS_Lambda_")


@pytest.mark.parametrize(("runtime", "written"), [("python3.13", b'"\xc3\xa9"'), ("python3.11", b'"\\u00e9"')])
def test_responses_are_serialized_as_by_that_runtime(
    make_function: MakeFunction, tmp_path: Path, runtime: str, written: bytes
) -> None:
    event: dict[str, Any] = {"do": "echo", "value": "é"}
    with running(make_function(environment={NAME: f"AWS_Lambda_{runtime}"}), tmp_path) as function:
        assert function.invoke(event).payload == written


@pytest.mark.parametrize(("traits", "clean"), [({}, True), ({"clean_environment": False}, False)])
def test_this_machine_s_variables_are_not_visible(
    make_fleet: MakeFleet, monkeypatch: pytest.MonkeyPatch, traits: dict[str, bool], clean: bool
) -> None:
    monkeypatch.setenv("SECRET_OF_THIS_MACHINE", "1")
    names = make_fleet(**traits, environment={"MINE": "1"}).value("where")["environment"]
    assert ("SECRET_OF_THIS_MACHINE" in names) is not clean
    assert {"MINE", "AWS_LAMBDA_FUNCTION_NAME", "LAMBDA_TASK_ROOT", "TMPDIR"} <= set(names)
