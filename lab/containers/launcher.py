"""Starts container processes, with a file system of their own where this machine allows it."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Final, NamedTuple

from lab.account.function import Function
from lab.containers import isolation
from lab.containers.guardian import Guardian
from lab.containers.isolation import FileSystem, Way
from lab.traits import Traits

# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
_OPEN_FILES: Final = 1024


class Launch(NamedTuple):
    """A process to start: it writes to ``log``, and ``temporary`` is its temp directory."""

    command: Sequence[str]
    function: Function
    temporary: Path
    environment: Mapping[str, str]
    log: IO[bytes]


class StartedProcess:
    """A process in a group of its own that the guardian watches until it is reaped."""

    def __init__(self, process: subprocess.Popen[bytes], guardian: Guardian) -> None:
        self.pid = process.pid
        self._process = process
        self._guardian = guardian

    def reap(self) -> int:
        """Wait for the end of the process and return its exit code; its id may be another's afterwards."""
        self._guardian.forget(self.pid)
        return self._process.wait()


class Launcher:
    """Starts processes, guarded, and isolated in the given ``way``, by default the first that works."""

    def __init__(self, guardian: Guardian, *, traits: Traits, way: Way | None = None) -> None:
        self._guardian = guardian
        self._traits = traits
        wanted = traits.read_only or traits.private_temp
        self._way = (way or isolation.find_way()) if wanted else Way.NONE

    @property
    def isolates(self) -> bool:
        """Return whether processes see a file system of their own."""
        return self._way is not Way.NONE

    def start(self, launch: Launch) -> StartedProcess:
        """Start a process in its package, with no environment but the one given."""
        view = self._view(launch)
        if self.isolates and view.temporary:
            launch = launch._replace(environment={**launch.environment, "TMPDIR": isolation.TMP})
        if self._way is Way.PROCESS:
            launch = launch._replace(command=isolation.command(view, launch.command))

        def start() -> StartedProcess:
            if self._way is Way.THREAD:
                isolation.enter(view)
            process = _start(launch)
            # here, because a signal may interrupt the main thread before it knows of the process
            self._guardian.watch(process.pid)
            return StartedProcess(process, self._guardian)

        return isolation.in_thread(start)

    def _view(self, launch: Launch) -> FileSystem:
        function, temporary, private = launch.function, launch.temporary, self._traits.private_temp
        writable = [*function.file_systems, *([] if private else [temporary])]
        for path in writable:
            path.mkdir(parents=True, exist_ok=True)
        # the runtime directory may consist of links to what is installed for this interpreter
        imported = [Path(name) for name in (*launch.environment.get("PYTHONPATH", "").split(":"), *sys.path) if name]
        visible = [path for path in (*imported, function.python.parent.parent) if path.is_dir()]
        return FileSystem(
            package=os.path.realpath(function.package),
            temporary=os.path.realpath(temporary) if private else "",
            visible=tuple(map(os.path.realpath, visible)),
            writable=tuple(map(os.path.realpath, writable)),
            read_only=self._traits.read_only,
        )


def _start(launch: Launch) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(  # noqa: S603
        list(launch.command),
        cwd=launch.function.package,
        env=dict(launch.environment),
        stdin=subprocess.DEVNULL,
        stdout=launch.log,
        stderr=subprocess.STDOUT,
        # a group of its own: Ctrl-C at the terminal reaches only the lab, and a kill reaches grandchildren too
        start_new_session=True,
    )
    if sys.platform == "linux":
        # it may have ended already, or this machine may allow fewer
        with suppress(OSError, ValueError):
            resource.prlimit(process.pid, resource.RLIMIT_NOFILE, (_OPEN_FILES, _OPEN_FILES))
    return process
