"""Runs the processes that are measured: warm workers that loop, and children that live for one request."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

import msgspec


class Usage(msgspec.Struct, frozen=True):
    """What one child process took from start to end, in seconds."""

    cpu_s: float
    wall_s: float


class Worker:
    """A process that waits for one command a line and answers each with one line of JSON."""

    def __init__(self, process: subprocess.Popen[str], words: IO[bytes]) -> None:
        self._process = process
        self._words = words

    def ask(self, command: str, argument: object = "") -> dict[str, Any]:
        """Send one command and return the answer; raise RuntimeError when the worker died of it."""
        to, back = self._process.stdin, self._process.stdout
        if to is None or back is None:
            raise RuntimeError("expected a worker with pipes on both sides")
        to.write(f"{command} {argument}\n")
        to.flush()
        line = back.readline()
        if not line:
            raise RuntimeError(f"the worker {self._process.args!r} died of {command!r}: {_said(self._words)}")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def cpu_per_job(self, loops: int) -> float:
        """Return the CPU seconds, over all threads of the worker, that one of ``loops`` resizes takes."""
        return float(self.ask("loop", loops)["cpu_s"]) / loops


@contextmanager
def started(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> Iterator[Worker]:
    """Start any worker; what it logs is kept out of our output, and told when it dies."""
    with (
        TemporaryFile() as words,
        subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=words,
            text=True,
        ) as process,
    ):
        try:
            yield Worker(process, words)
        finally:
            process.kill()


def run_to_end(arguments: Sequence[str], environment: Mapping[str, str]) -> Usage:
    """Run a child in the project's root and return what it took; raise RuntimeError, with its words, when it fails.

    CPU is user and system time of the child and of those of its own children it waited for.
    """
    with TemporaryFile() as words:
        begun = time.perf_counter()
        aside = [(os.POSIX_SPAWN_DUP2, words.fileno(), 2)]
        pid = os.posix_spawn(arguments[0], list(arguments), environment, file_actions=aside)
        _, status, usage = os.wait4(pid, 0)
        wall = time.perf_counter() - begun
        if status:
            raise RuntimeError(f"{list(arguments)!r} ended with status {status}: {_said(words)}")
    return Usage(usage.ru_utime + usage.ru_stime, wall)


def _said(words: IO[bytes]) -> str:
    words.seek(0)
    return words.read().decode(errors="replace")[-4000:]


def clean_environment(**more: str) -> dict[str, str]:
    """Return the little that a child needs, so that a developer's shell cannot change a figure."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8", **more}
