"""What a container is told about its runtime, and what AWS's client makes of it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from lab.accounts.function import Function
from lab.containers.environment import environment
from lab.containers.process import ContainerProcess
from tests.lab.conftest import Stand

NAME = "AWS_EXECUTION_ENV"
HERE = f"AWS_Lambda_python{sys.version_info.major}.{sys.version_info.minor}"


def told(function: Function) -> str | None:
    return environment(function, "127.0.0.1:9", Path("/tmp"), log_stream="s", clean=True).get(NAME)


def test_a_container_knows_its_runtime(
    make_stand: Callable[..., Stand], make_function: Callable[..., Function]
) -> None:
    assert told(make_function()) == HERE
    assert NAME in make_stand().value("where")["environment"]


@pytest.mark.parametrize(
    ("file", "expected"),
    [("python3.13", "AWS_Lambda_python3.13"), ("python3", None), ("pypy3.11", None), ("python3.13t", None)],
)
def test_it_is_the_version_of_the_python_that_runs(
    make_function: Callable[..., Function], tmp_path: Path, file: str, expected: str | None
) -> None:
    (tmp_path / file).touch()
    link = tmp_path / "python"
    link.symlink_to(tmp_path / file)
    function = msgspec.structs.replace(make_function(), python=link)
    assert told(function) == expected


@pytest.mark.parametrize(("runtime", "written"), [("python3.13", b'"\xc3\xa9"'), ("python3.11", b'"\\u00e9"')])
def test_answers_are_written_as_that_runtime_writes_them(
    make_function: Callable[..., Function], runtime: str, written: bytes
) -> None:
    asked: dict[str, Any] = {"do": "echo", "value": "é"}
    with ContainerProcess(make_function(environment={NAME: f"AWS_Lambda_{runtime}"})) as process:
        assert process.invoke(asked).payload == written
