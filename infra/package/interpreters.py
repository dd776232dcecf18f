"""Finds the Python to compile the package with. Lambda never uses bytecode of another Python version."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import msgspec

from infra.package import lambda_runtime

PYTHON_VARIABLE: Final = "LAMBDA_PYTHON"

_DESCRIBE: Final = (
    "import importlib.util, json, sys;"
    "print(json.dumps([list(sys.version_info[:3]), sys.implementation.cache_tag, importlib.util.MAGIC_NUMBER.hex()]))"
)


class Interpreter(msgspec.Struct, frozen=True):
    """A working Python: its path, version, and how it marks bytecode (cache tag, and magic number in hex)."""

    path: Path
    version: tuple[int, int, int]
    tag: str
    magic: str

    @property
    def is_runtime(self) -> bool:
        """Return whether Lambda would use the bytecode that this Python writes."""
        return self.version[:2] == lambda_runtime.PYTHON and self.tag == "cpython-{}{}".format(*lambda_runtime.PYTHON)

    def __str__(self) -> str:
        return "Python {}.{}.{}".format(*self.version) + f" ({self.path})"


class WrongPython(Exception):
    """There is no suitable Python to build with; the message says how to get one."""


def find_interpreter(chosen: str | None, environ: Mapping[str, str], *, allow_other: bool = False) -> Interpreter:
    """Return the Python at ``chosen`` or $LAMBDA_PYTHON, else the first working one of the runtime's version.

    With ``allow_other`` any version will do: the named one, else the running one. Raises WrongPython.
    """
    named = chosen or environ.get(PYTHON_VARIABLE)
    if named:
        return _named(named, allow_other)
    for path in _candidates(environ):
        found = inspect_interpreter(path)
        if found and found.is_runtime:
            return found
    running = inspect_interpreter(Path(sys.executable)) if allow_other else None
    if running:
        return running
    raise WrongPython(f"no {lambda_runtime.NAME} was found on PATH or under pyenv. {_instructions()}")


def _named(path: str, allow_other: bool) -> Interpreter:
    found = inspect_interpreter(Path(path))
    if found is None:
        raise WrongPython(f"'{path}' is not a working Python. {_instructions()}")
    if not found.is_runtime and not allow_other:
        raise WrongPython(f"{found} is not the {lambda_runtime.NAME} that the function runs on. {_instructions()}")
    return found


def _instructions() -> str:
    version = "{}.{}".format(*lambda_runtime.PYTHON)
    return (
        f"Lambda would recompile every module at each cold start, or fail to load Pillow.\n"
        f"Install one, with any of:\n"
        f"  pyenv install {version}\n"
        f"  uv python install {version}\n"
        f"  your system's package manager, or https://www.python.org/downloads/\n"
        f"then run the same command again. If it is neither on PATH nor under pyenv, put this before the command:\n"
        f"  {PYTHON_VARIABLE}=/path/to/{lambda_runtime.NAME}"
    )


def _candidates(environ: Mapping[str, str]) -> Iterator[Path]:
    """Yield paths that may be the runtime's Python: those on PATH, then pyenv's versions, newest first."""
    for directory in environ.get("PATH", "").split(os.pathsep):
        path = Path(directory) / lambda_runtime.NAME
        if directory and path.is_file():
            yield path
    root = Path(environ.get("PYENV_ROOT") or Path(environ.get("HOME", "/")) / ".pyenv")
    versions = root.glob("versions/{}.{}.*/bin/python".format(*lambda_runtime.PYTHON))
    yield from sorted(versions, key=lambda path: (len(path.parts[-3]), path.parts[-3]), reverse=True)


def inspect_interpreter(path: Path) -> Interpreter | None:
    """Return what the Python at ``path`` reports about itself, or None when it does not run.

    It has to be run: pyenv has a shim for every version, and only the selected version's works.
    """
    try:
        done = subprocess.run([path, "-I", "-c", _DESCRIBE], capture_output=True, check=True, timeout=30)
        version, tag, magic = json.loads(done.stdout)
        return Interpreter(path, (version[0], version[1], version[2]), tag, magic)
    except (OSError, subprocess.SubprocessError, ValueError):
        return None
