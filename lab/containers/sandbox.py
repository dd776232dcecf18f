"""Loads a container's process, and again inside an invocation when it could not be loaded or has ended since.

Lambda calls the latter a suppressed init: it takes time of the invocation, and REPORT has no Init Duration.
https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator

import msgspec

from lab.account.function import Function
from lab.containers import outcomes
from lab.containers.cpu_share import CpuShares
from lab.containers.files import ContainerFiles
from lab.containers.launcher import Launcher
from lab.containers.patience import Patience
from lab.containers.process import ContainerProcess, ProcessObserver
from lab.containers.report_line import init_report_line
from lab.containers.start_gate import StartGate
from lab.containers.timeline import Timeline
from lab.errors import Exited, Failure
from lab.traits import Traits


class FleetContext(msgspec.Struct, frozen=True, kw_only=True):
    """What all containers of a fleet share."""

    traits: Traits
    timeline: Timeline
    launcher: Launcher
    gate: StartGate
    cpu: CpuShares | None = None


class Sandbox:
    """Holds the process; ``init_ms`` is how long loading took, until an invocation has reported it."""

    def __init__(
        self, function: Function, files: ContainerFiles, context: FleetContext, observer: ProcessObserver
    ) -> None:
        self._function = function
        self._files = files
        self._context = context
        self._observer = observer
        self._failure: Failure | None = None
        self._over = False
        self._turn = contextlib.ExitStack()
        self.process: ContainerProcess | None = None
        self.init_ms: float | None = None
        self.killed_for = ""

    @property
    def pid(self) -> int:
        """Return the process id; 0 when there is no process."""
        process = self.process
        return process.pid if process else 0

    @contextlib.contextmanager
    def turn(self, patience: Patience | None) -> Iterator[None]:
        """Wait for a turn of this machine's CPU, unless the function is loaded; the turn ends as soon as it is.

        Every INIT takes one, also a repeated one. On Lambda no container waits for another: the wait comes before an
        invocation begins, and is part of neither its Duration nor its timeout.
        """
        with self._turn:
            if not self.process:
                self._turn.enter_context(self._context.gate.turn(lambda: self.pid, patience))
            yield

    def initialize(self) -> None:
        """Load the function within Lambda's limit for INIT; the first invocation retries a failure."""
        began = time.perf_counter()
        try:
            self._load(self._context.traits.init_timeout_s)
        except Failure as exc:
            self._report(exc, began, phase="init")
            self._failure = exc
            self.end()
        else:
            self.init_ms = 1000 * (time.perf_counter() - began)

    def ready(self, timeout_s: float | None) -> ContainerProcess:
        """Return the process, loading it again if need be; raise InitError, Exited or Timeout."""
        if self.process:
            return self.process
        failure, self._failure = self._failure, None
        if failure and not self._context.traits.retry_init:
            raise failure
        began = time.perf_counter()
        try:
            return self._load(threading.TIMEOUT_MAX if timeout_s is None else timeout_s)
        except Failure as exc:
            self._report(exc, began, phase="invoke")
            raise
        finally:
            self._turn.close()

    def kill(self, reason: str = "") -> None:
        """Kill the process; the first reason is the one reported."""
        self.killed_for = self.killed_for or reason
        process = self.process
        if process:
            process.kill()

    def stop(self) -> None:
        """Kill the process, and start no other."""
        self._over = True
        self.kill()

    def end(self) -> None:
        """End the process and wait for it."""
        process, self.process = self.process, None
        if process:
            process.close()

    def _load(self, timeout_s: float) -> ContainerProcess:
        if self._over:
            raise Exited("Runtime exited without providing a reason")
        context, self.killed_for = self._context, ""
        process = ContainerProcess(
            self._function,
            traits=context.traits,
            files=self._files,
            launcher=context.launcher,
            observer=self._observer,
            cpu=context.cpu,
        )
        self.process = process
        if self._over:
            # killed while the process started
            process.kill()
        process.wait_ready(timeout_s)
        return process

    def _report(self, failure: Failure, began: float, *, phase: str) -> None:
        elapsed_ms = 1000 * (time.perf_counter() - began)
        status, error_type = outcomes.init_status(failure, self.killed_for)
        self._files.write(init_report_line(elapsed_ms, phase=phase, status=status, error_type=error_type))
