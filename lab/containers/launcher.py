"""Starts container processes, with a file system of their own where this machine allows it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Protocol

from lab.accounts.function import Function
from lab.containers import isolation
from lab.containers.guardian import Guardian
from lab.containers.isolation import FileSystem, Way
from lab.traits import Traits


class StartProcess(Protocol):
    """Starts one process of a function in a process group of its own; ``temporary`` is its temp directory."""

    def __call__(
        self,
        command: Sequence[str],
        *,
        function: Function,
        temporary: Path,
        environment: Mapping[str, str],
        log: IO[bytes],
    ) -> subprocess.Popen[bytes]: ...


def start_process(
    command: Sequence[str],
    *,
    function: Function,
    temporary: Path,
    environment: Mapping[str, str],
    log: IO[bytes],
) -> subprocess.Popen[bytes]:
    """Start a process in its package that writes to ``log`` and has no environment but the one given."""
    return subprocess.Popen(  # noqa: S603
        list(command),
        cwd=function.package,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        # a group of its own: Ctrl-C at the terminal reaches only the lab, and a kill reaches grandchildren too
        start_new_session=True,
    )


class Launcher:
    """The StartProcess of a fleet: guarded, and isolated in the given ``way``, by default the first that works."""

    def __init__(self, guardian: Guardian, *, traits: Traits, way: Way | None = None) -> None:
        self._guardian = guardian
        self._traits = traits
        wanted = traits.read_only or traits.private_temp
        self._way = (way or isolation.find_way()) if wanted else Way.NONE

    @property
    def isolates(self) -> bool:
        """Return whether processes see a file system of their own."""
        return self._way is not Way.NONE

    def __call__(
        self,
        command: Sequence[str],
        *,
        function: Function,
        temporary: Path,
        environment: Mapping[str, str],
        log: IO[bytes],
    ) -> subprocess.Popen[bytes]:
        """Start a process; see ``start_process``."""

        view = self._view(function, temporary, environment)
        if self.isolates and view.temporary:
            environment = {**environment, "TMPDIR": isolation.TMP}
        if self._way is Way.PROCESS:
            command = isolation.command(view, command)

        def start() -> subprocess.Popen[bytes]:
            if self._way is Way.THREAD:
                isolation.enter(view)
            return start_process(command, function=function, temporary=temporary, environment=environment, log=log)

        process = isolation.in_thread(start)
        self._guardian.watch(process.pid)
        return process

    def _view(self, function: Function, temporary: Path, environment: Mapping[str, str]) -> FileSystem:
        private = self._traits.private_temp
        writable = [*function.file_systems, *([] if private else [temporary])]
        for path in writable:
            path.mkdir(parents=True, exist_ok=True)
        imported = map(Path, environment.get("PYTHONPATH", "").split(":"))
        visible = [path for path in (*imported, function.python.parent.parent) if path.is_dir()]
        return FileSystem(
            package=os.path.realpath(function.package),
            temporary=os.path.realpath(temporary) if private else "",
            visible=tuple(map(os.path.realpath, visible)),
            writable=tuple(map(os.path.realpath, writable)),
            read_only=self._traits.read_only,
        )


def cores() -> int:
    """Return the cores this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1
