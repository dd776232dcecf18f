"""Runs the processes that are measured: warm workers that loop, and children that live for one request."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from bench.setup import PEERS, ROOT, Node


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

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def ask(self, command: str, argument: object = "") -> dict[str, Any]:
        """Send one command and return the answer; raise RuntimeError when the worker died of it."""
        to, back = self._process.stdin, self._process.stdout
        if to is None or back is None:
            raise RuntimeError("expected a worker with pipes on both sides")
        to.write(f"{command} {argument}\n")
        to.flush()
        line = back.readline()
        if not line:
            raise RuntimeError(f"the worker {self._process.args!r} died of {command!r}, its words are above")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def cpu_per_job(self, loops: int) -> float:
        """Return the CPU seconds, over all threads of the worker, that one of ``loops`` resizes takes."""
        return float(self.ask("loop", loops)["cpu_s"]) / loops


@contextmanager
def worker(subject: str, job: Job, *, node: Node) -> Iterator[Worker]:
    """Start the worker of ``subject`` (ours, naive or sharp) for ``job``; end it when the block ends."""
    with subprocess.Popen(
        _command(subject, job, node),
        cwd=PEERS if subject == "sharp" else ROOT,
        env=clean_environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield Worker(process)
        finally:
            process.kill()


def _command(subject: str, job: Job, node: Node) -> list[str]:
    if subject == "sharp":
        return [str(node.program), str(ROOT / "bench/peers/sharp_worker.mjs"), *job.arguments()]
    import sys

    return [sys.executable, "-m", "bench.worker", subject, *job.arguments()]


def run_to_end(arguments: Sequence[str], environment: Mapping[str, str]) -> Usage:
    """Run a child in the project's root and return what it took; raise RuntimeError when it fails.

    CPU is user and system time of the child and of those of its own children it waited for.
    """
    begun = time.perf_counter()
    pid = os.posix_spawn(arguments[0], list(arguments), environment)
    _, status, usage = os.wait4(pid, 0)
    wall = time.perf_counter() - begun
    if status:
        raise RuntimeError(f"{list(arguments)!r} ended with status {status}, its words are above")
    return Usage(usage.ru_utime + usage.ru_stime, wall)


def clean_environment(**more: str) -> dict[str, str]:
    """Return the little that a child needs, so that a developer's shell cannot change a figure."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8", **more}
