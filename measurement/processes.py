"""Runs the processes that are measured: warm workers that take commands, and children that live for one request."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from random import SystemRandom
from tempfile import TemporaryFile
from typing import IO, Any

import msgspec

# Below those that kernels give out: a server that is started a moment later would find its port taken.
_PORTS = (20_000, 32_000)


class ProcessTime(msgspec.Struct, frozen=True):
    """The time of one child process from start to exit, in seconds."""

    cpu_s: float
    wall_s: float


class Worker:
    """A process that reads one command a line and answers each with one line of JSON."""

    def __init__(self, process: subprocess.Popen[str], log: IO[bytes]) -> None:
        self._process = process
        self._log = log

    def ask(self, command: str, argument: object = "") -> dict[str, Any]:
        """Send one command and return the answer; raise RuntimeError when the worker dies of it."""
        commands, answers = self._process.stdin, self._process.stdout
        if commands is None or answers is None:
            raise RuntimeError("expected a worker with pipes on both sides")
        commands.write(f"{command} {argument}\n")
        commands.flush()
        line = answers.readline()
        if not line:
            raise RuntimeError(f"the worker {self._process.args!r} died of {command!r}: {_tail(self._log)}")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def cpu_per_call(self, count: int) -> float:
        """Return the CPU seconds, over all threads of the worker, that one of ``count`` calls takes."""
        return float(self.ask("loop", count)["cpu_s"]) / count


@contextmanager
def worker_process(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> Iterator[Worker]:
    """Run a worker in ``folder`` until the block ends; its standard error is kept, and quoted if it dies."""
    with (
        TemporaryFile() as log,
        subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        ) as process,
    ):
        try:
            yield Worker(process, log)
        finally:
            process.kill()


def run_to_end(arguments: Sequence[str], environment: Mapping[str, str]) -> ProcessTime:
    """Run a child in the current directory and return its time.

    CPU is user and system time of the child and of those of its own children that it waited for.
    Raises RuntimeError, with the end of its standard error, when it fails.
    """
    with TemporaryFile() as log:
        start = time.perf_counter()
        redirect = [(os.POSIX_SPAWN_DUP2, log.fileno(), 2)]
        pid = os.posix_spawn(arguments[0], list(arguments), environment, file_actions=redirect)
        try:
            _, status, usage = os.wait4(pid, 0)
        except BaseException:  # a signal that ends us must not leave it behind
            with suppress(ProcessLookupError, ChildProcessError):  # it may have ended just now
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
            raise
        wall = time.perf_counter() - start
        if status:
            raise RuntimeError(f"{list(arguments)!r} ended with status {status}: {_tail(log)}")
    return ProcessTime(usage.ru_utime + usage.ru_stime, wall)


def _tail(log: IO[bytes]) -> str:
    log.seek(0)
    return log.read().decode(errors="replace")[-4000:]


def clean_environment(**more: str) -> dict[str, str]:
    """Return the few variables that a child needs, so that a developer's shell cannot change a figure."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8", **more}


def free_port() -> int:
    """Return a port of 127.0.0.1 that is free now and outside the range from which the kernel assigns ports."""
    while True:
        port = SystemRandom().randrange(*_PORTS)
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
