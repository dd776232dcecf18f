"""Runs the processes that are measured: warm workers that loop, and children that live for one request."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

import msgspec

from bench.setup import PEERS, ROOT
from bench.stand import Stand


class Job(msgspec.Struct, frozen=True):
    """One resize that every subject does alike: to 480 wide at quality 80 and 4:2:0, in ``format``."""

    source: Path
    progressive: bool = True
    width: int = 480
    quality: int = 80
    format: str = "jpeg"

    def arguments(self) -> list[str]:
        """Return the job as the workers take it on their command line."""
        return [str(self.source), str(self.width), str(self.quality), str(self.progressive).lower(), self.format]


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
def worker(subject: str, job: Job, stand: Stand) -> Iterator[Worker]:
    """Start the worker of ``subject`` (ours, sharp, vips, thumbor or naive) for ``job``; end it when the block ends."""
    # the peers built on libvips are to use one thread, as sharp is told in its own way
    environment = clean_environment(VIPS_CONCURRENCY="1")
    with started(_command(subject, job, stand), PEERS if subject == "sharp" else ROOT, environment) as each:
        yield each


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


def _command(subject: str, job: Job, stand: Stand) -> list[str]:
    if subject == "sharp":
        return [str(stand.node.program), str(ROOT / "bench/peers/sharp_worker.mjs"), *job.arguments()]
    python = stand.thumbor if subject == "thumbor" else sys.executable
    return [str(python), "-m", "bench.worker", subject, *job.arguments()]


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
