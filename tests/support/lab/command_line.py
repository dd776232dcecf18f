"""Runs ``python -m lab`` as a process."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping

from lab.accounts.package import PROJECT


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "lab", *arguments]


def run(
    *arguments: str, text: str = "", timeout_s: float = 60.0, environ: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, with the variables of ``environ`` beside this process's."""
    return subprocess.run(
        command(*arguments),
        cwd=PROJECT,
        env={**os.environ, **(environ or {})},
        input=text,
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
    )


def one_line(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 1
    assert done.stdout == ""
    lines = done.stderr.splitlines()
    assert len(lines) == 1, done.stderr
    return lines[0]
