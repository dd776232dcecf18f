"""Starts container processes from threads that live as long as the fleet."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, Protocol

from lab.containers.guardian import Guardian
from lab.containers.read_only import ReadOnly


class StartProcess(Protocol):
    """Starts one process in a process group of its own."""

    def __call__(
        self, command: Sequence[str], *, package: Path, environment: Mapping[str, str], log: IO[bytes]
    ) -> subprocess.Popen[bytes]: ...


def start_process(
    command: Sequence[str], *, package: Path, environment: Mapping[str, str], log: IO[bytes]
) -> subprocess.Popen[bytes]:
    """Start a process in ``package`` that writes to ``log`` and has no environment but the one given."""
    return subprocess.Popen(  # noqa: S603
        list(command),
        cwd=package,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        # a group of its own: Ctrl-C at the terminal reaches only the lab, and a kill reaches grandchildren too
        start_new_session=True,
    )


class Launcher:
    """The StartProcess of a fleet: guarded, and with a read-only package where this machine allows it."""

    def __init__(self, guardian: Guardian, *, read_only: bool) -> None:
        self._guardian = guardian
        self._read_only = ReadOnly() if read_only else None
        self._threads = ThreadPoolExecutor(max_workers=cores(), thread_name_prefix="launcher")
        self.package_is_read_only = False

    def __call__(
        self, command: Sequence[str], *, package: Path, environment: Mapping[str, str], log: IO[bytes]
    ) -> subprocess.Popen[bytes]:
        """Start a process; see ``start_process``."""
        return self._threads.submit(self._start, command, package, environment, log).result()

    def close(self) -> None:
        """End the threads, not the processes they started."""
        self._threads.shutdown()

    def _start(
        self, command: Sequence[str], package: Path, environment: Mapping[str, str], log: IO[bytes]
    ) -> subprocess.Popen[bytes]:
        if self._read_only:
            self.package_is_read_only = self._read_only.protect(package)
        process = start_process(command, package=package, environment=environment, log=log)
        self._guardian.watch(process.pid)
        return process


def cores() -> int:
    """Return the cores this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1
