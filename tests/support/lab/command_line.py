"""Runs ``python -m lab`` as a process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping

from measurement.stamps import ROOT


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-X", "faulthandler", "-m", "lab", *arguments]


def run(
    *arguments: str, text: str = "", timeout_s: float = 60.0, environ: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, with the variables of ``environ`` beside this process's; one that hangs says where."""
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command(*arguments),
        cwd=ROOT,
        env={**os.environ, **(environ or {})},
        stdin=pipe,
        stdout=pipe,
        stderr=pipe,
        text=True,
    ) as process:
        try:
            output, errors = process.communicate(text, timeout_s)
        except subprocess.TimeoutExpired as exc:
            process.send_signal(signal.SIGABRT)
            output, errors = process.communicate()
            raise AssertionError(f"it did not end in {timeout_s} s:\n{output}\n{errors}") from exc
    return subprocess.CompletedProcess(process.args, process.returncode, output, errors)


def one_line(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 1
    assert done.stdout == ""
    lines = done.stderr.splitlines()
    assert len(lines) == 1, done.stderr
    return lines[0]
