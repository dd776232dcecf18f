"""The Python to build with is found wherever it is, and another one is refused with instructions."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from infra.package import lambda_runtime
from infra.package.interpreters import PYTHON_VARIABLE, WrongPython, find_interpreter, inspect_interpreter
from tests.infra.package.fake_python import PYTHON_3_12, fake_python


def _environ(tmp_path: Path) -> dict[str, str]:
    return {"PATH": f"{tmp_path / 'shims'}{os.pathsep}{tmp_path / 'bin'}", "HOME": str(tmp_path)}


def test_a_shim_that_does_not_work_is_skipped(tmp_path: Path) -> None:
    fake_python(tmp_path / "shims" / lambda_runtime.NAME, "pyenv: python3.13: command not found", status=127)
    working = fake_python(tmp_path / "bin" / lambda_runtime.NAME)
    assert find_interpreter(None, _environ(tmp_path)).path == working


def test_pyenvs_newest_version_is_used_when_there_is_none_on_path(tmp_path: Path) -> None:
    for patch in ("0", "9", "11"):
        fake_python(tmp_path / ".pyenv" / "versions" / f"3.13.{patch}" / "bin" / "python")
    assert "3.13.11" in find_interpreter(None, _environ(tmp_path)).path.parts


def test_pyenv_root_is_respected(tmp_path: Path) -> None:
    python = fake_python(tmp_path / "py" / "versions" / "3.13.1" / "bin" / "python")
    assert find_interpreter(None, {"PYENV_ROOT": str(tmp_path / "py")}).path == python


def test_the_argument_wins_over_the_variable_and_the_variable_over_path(tmp_path: Path) -> None:
    first, second, third = (fake_python(tmp_path / name / lambda_runtime.NAME) for name in ("a", "b", "bin"))
    environ = _environ(tmp_path)
    assert find_interpreter(None, environ).path == third
    environ[PYTHON_VARIABLE] = str(second)
    assert find_interpreter(None, environ).path == second
    assert find_interpreter(str(first), environ).path == first


@pytest.mark.parametrize("named", [True, False])
def test_a_wrong_version_is_refused_with_instructions(tmp_path: Path, named: bool) -> None:
    other = fake_python(tmp_path / "bin" / lambda_runtime.NAME, PYTHON_3_12)
    with pytest.raises(WrongPython) as caught:
        find_interpreter(str(other) if named else None, _environ(tmp_path))
    message = str(caught.value)
    assert "python3.13" in message
    assert ("3.12.1" in message) is named
    for instruction in ("pyenv install 3.13", "uv python install 3.13", f"{PYTHON_VARIABLE}=/path/to/python3.13"):
        assert instruction in message


def test_a_path_that_is_not_a_python_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WrongPython, match="is not a working Python"):
        find_interpreter(str(tmp_path / "nothing"), {})


def test_another_version_is_accepted_only_when_allowed(tmp_path: Path) -> None:
    other = fake_python(tmp_path / "other", PYTHON_3_12)
    assert find_interpreter(str(other), {}, allow_other=True).version == (3, 12, 1)
    assert find_interpreter(None, {}, allow_other=True).path == Path(sys.executable)


def test_the_running_python_can_be_inspected() -> None:
    found = inspect_interpreter(Path(sys.executable))
    assert found is not None
    assert found.version == sys.version_info[:3]
    assert found.is_runtime is (sys.version_info[:2] == lambda_runtime.PYTHON)
