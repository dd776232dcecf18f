"""Runs one command of the build, in an environment that makes its output reproducible."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping


class BuildFailed(Exception):
    """A step of the build failed; the message says which and why."""


def run_step(command: list[str], *, failed: str, variables: Mapping[str, str] | None = None) -> None:
    """Run ``command`` with these variables and those of the caller but PYTHON*.

    Raises BuildFailed with ``failed`` and the command's output.
    """
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    environ |= variables or {}
    # Set literals are compiled to constants in hash order: without a fixed seed the bytecode would vary.
    environ["PYTHONHASHSEED"] = "0"
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BuildFailed(f"{failed}:\n{done.stderr or done.stdout}")
