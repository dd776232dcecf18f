"""A container's process without a fleet around it, which answers one event after another."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from uuid import uuid4

import msgspec

from lab.account.function import Function
from lab.containers.files import ContainerFiles
from lab.containers.guardian import Guardian
from lab.containers.isolation import Way
from lab.containers.launcher import Launcher
from lab.containers.process import ContainerProcess
from lab.containers.runtime_api import Invocation, Reply
from lab.traits import Traits


class RunningFunction:
    """A function in a process."""

    def __init__(self, function: Function, process: ContainerProcess, files: ContainerFiles) -> None:
        self.process = process
        self._function = function
        self._files = files

    @property
    def pid(self) -> int:
        return self.process.pid

    def invoke(self, event: object, *, timeout_s: float = 30.0) -> Reply:
        """Return the function's reply to ``event``, any JSON value; raise InitError, Exited or Timeout."""
        invocation = Invocation(
            request_id=str(uuid4()),
            event=msgspec.json.encode(event),
            deadline=time.time() + timeout_s,
            arn=self._function.arn,
        )
        return self.process.run(invocation, timeout_s=timeout_s)

    def log(self) -> str:
        """Return what the process has logged."""
        return self._files.read().decode(errors="replace")


@contextmanager
def running(function: Function, root: Path, *, launcher: Launcher | None = None) -> Iterator[RunningFunction]:
    """Run a function with its files below ``root``; without ``launcher`` it sees this machine's file system."""
    traits = Traits()
    with ExitStack() as stack:
        if launcher is None:
            launcher = Launcher(stack.enter_context(closing(Guardian())), traits=traits, way=Way.NONE)
        files = stack.enter_context(closing(ContainerFiles(root)))
        process = stack.enter_context(ContainerProcess(function, traits=traits, files=files, launcher=launcher))
        yield RunningFunction(function, process, files)
