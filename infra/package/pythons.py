"""Finds the Python that the package is compiled with: bytecode of another version is never used on Lambda."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import msgspec

from infra.package import runtime

VARIABLE: Final = "LAMBDA_PYTHON"

_ASK: Final = (
    "import importlib.util, json, sys;"
    "print(json.dumps([list(sys.version_info[:3]), sys.implementation.cache_tag, importlib.util.MAGIC_NUMBER.hex()]))"
)


class Interpreter(msgspec.Struct, frozen=True):
    """One Python that ran: where it is, its version, and how it marks its bytecode (tag and magic in hex)."""

    path: Path
    version: tuple[int, int, int]
    tag: str
    magic: str

    @property
    def is_runtime(self) -> bool:
        """Say whether Lambda would use the bytecode that this one writes."""
        return self.version[:2] == runtime.PYTHON and self.tag == "cpython-{}{}".format(*runtime.PYTHON)

    def __str__(self) -> str:
        return "Python {}.{}.{}".format(*self.version) + f" ({self.path})"


class WrongPython(Exception):
    """There is no Python to build with; the text says how to get one."""


def find(chosen: str | None, environ: Mapping[str, str], *, allow_other: bool = False) -> Interpreter:
    """Return the Python named by ``chosen`` or the variable, else the first of the runtime's version that runs.

    ``allow_other`` takes any version: the named one, or the one that runs this. Raises WrongPython.
    """
    named = chosen or environ.get(VARIABLE)
    if named:
        return _named(named, allow_other)
    for path in candidates(environ):
        found = probe(path)
        if found and found.is_runtime:
            return found
    running = probe(Path(sys.executable)) if allow_other else None
    if running:
        return running
    raise WrongPython(f"no {runtime.NAME} was found on PATH or under pyenv. {_cure()}")


def _named(named: str, allow_other: bool) -> Interpreter:
    found = probe(Path(named))
    if found is None:
        raise WrongPython(f"'{named}' does not run as a Python. {_cure()}")
    if not found.is_runtime and not allow_other:
        raise WrongPython(f"{found} is not the {runtime.NAME} that the function runs on. {_cure()}")
    return found


def _cure() -> str:
    version = "{}.{}".format(*runtime.PYTHON)
    return (
        f"Lambda would compile every module anew at each cold start, or fail to load Pillow.\n"
        f"Install one, with any of:\n"
        f"  pyenv install {version}\n"
        f"  uv python install {version}\n"
        f"  your system's package manager, or https://www.python.org/downloads/\n"
        f"then type the same command again. When it is neither on PATH nor under pyenv, put in front of the command\n"
        f"  {VARIABLE}=/path/to/{runtime.NAME}"
    )


def candidates(environ: Mapping[str, str]) -> Iterator[Path]:
    """Yield files that may be the runtime's Python: on PATH, then among pyenv's versions, newest first."""
    for directory in environ.get("PATH", "").split(os.pathsep):
        path = Path(directory) / runtime.NAME
        if directory and path.is_file():
            yield path
    root = Path(environ.get("PYENV_ROOT") or Path(environ.get("HOME", "/")) / ".pyenv")
    versions = root.glob("versions/{}.{}.*/bin/python".format(*runtime.PYTHON))
    yield from sorted(versions, key=lambda path: (len(path.parts[-3]), path.parts[-3]), reverse=True)


def probe(path: Path) -> Interpreter | None:
    """Return what the file at ``path`` says of itself, or None when it does not run.

    A pyenv shim is there for every version but runs only for the selected one: only running it tells.
    """
    try:
        done = subprocess.run([path, "-I", "-c", _ASK], capture_output=True, check=True, timeout=30)
        version, tag, magic = json.loads(done.stdout)
        return Interpreter(path, (version[0], version[1], version[2]), tag, magic)
    except (OSError, subprocess.SubprocessError, ValueError):
        return None
