"""The Python to build with is found where it works, and refused with the cure where it does not."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from infra.package import lambda_runtime
from infra.package.build import ROOT
from infra.package.interpreters import PYTHON_VARIABLE, WrongPython, find_interpreter, inspect_interpreter

_RIGHT = '[[3, 13, 5], "cpython-313", "f30d0d0a"]'
_OTHER = '[[3, 12, 1], "cpython-312", "cb0d0d0a"]'


def _python(path: Path, answer: str, *, status: int = 0) -> Path:
    """Write a program that answers the question ``probe`` asks, as a Python or a pyenv shim would."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho '{answer}'\nexit {status}\n")
    path.chmod(0o755)
    return path


def _environ(tmp_path: Path) -> dict[str, str]:
    return {"PATH": f"{tmp_path / 'shims'}{os.pathsep}{tmp_path / 'bin'}", "HOME": str(tmp_path)}


def test_a_shim_that_does_not_run_is_passed_over(tmp_path: Path) -> None:
    _python(tmp_path / "shims" / lambda_runtime.NAME, "pyenv: python3.13: command not found", status=127)
    right = _python(tmp_path / "bin" / lambda_runtime.NAME, _RIGHT)
    assert find_interpreter(None, _environ(tmp_path)).path == right


def test_newest_of_pyenv_is_taken_when_path_has_none(tmp_path: Path) -> None:
    for patch in ("0", "9", "11"):
        _python(tmp_path / ".pyenv" / "versions" / f"3.13.{patch}" / "bin" / "python", _RIGHT)
    assert "3.13.11" in find_interpreter(None, _environ(tmp_path)).path.parts


def test_pyenv_root_may_be_elsewhere(tmp_path: Path) -> None:
    right = _python(tmp_path / "py" / "versions" / "3.13.1" / "bin" / "python", _RIGHT)
    assert find_interpreter(None, {"PYENV_ROOT": str(tmp_path / "py")}).path == right


def test_argument_comes_before_variable_before_path(tmp_path: Path) -> None:
    first, second, third = (_python(tmp_path / name / lambda_runtime.NAME, _RIGHT) for name in ("a", "b", "bin"))
    environ = _environ(tmp_path)
    assert find_interpreter(None, environ).path == third
    environ[PYTHON_VARIABLE] = str(second)
    assert find_interpreter(None, environ).path == second
    assert find_interpreter(str(first), environ).path == first


@pytest.mark.parametrize("named", [True, False])
def test_wrong_python_is_refused_with_the_cure(tmp_path: Path, named: bool) -> None:
    other = _python(tmp_path / "bin" / lambda_runtime.NAME, _OTHER)
    with pytest.raises(WrongPython) as caught:
        find_interpreter(str(other) if named else None, _environ(tmp_path))
    words = str(caught.value)
    assert "python3.13" in words
    assert ("3.12.1" in words) is named
    for cure in ("pyenv install 3.13", "uv python install 3.13", f"{PYTHON_VARIABLE}=/path/to/python3.13"):
        assert cure in words


def test_what_is_no_python_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WrongPython, match="does not run as a Python"):
        find_interpreter(str(tmp_path / "nothing"), {})


def test_other_is_allowed_only_when_asked_for(tmp_path: Path) -> None:
    other = _python(tmp_path / "other", _OTHER)
    assert find_interpreter(str(other), {}, allow_other=True).version == (3, 12, 1)
    assert find_interpreter(None, {}, allow_other=True).path == Path(sys.executable)


def test_this_python_answers_for_itself() -> None:
    found = inspect_interpreter(Path(sys.executable))
    assert found is not None
    assert found.version == sys.version_info[:3]
    assert found.is_runtime is (sys.version_info[:2] == lambda_runtime.PYTHON)


def test_command_line_says_it_in_words(tmp_path: Path) -> None:
    other = _python(tmp_path / "other", _OTHER)
    command = [sys.executable, "-m", "infra.package", "--check"]
    refused = subprocess.run([*command, "--python", other], cwd=ROOT, capture_output=True, text=True, check=False)
    assert refused.returncode == 1
    assert "Python 3.12.1" in refused.stderr
    assert "Traceback" not in refused.stderr
    right = _python(tmp_path / "right", _RIGHT)
    subprocess.run([*command, "--python", right], cwd=ROOT, check=True)
