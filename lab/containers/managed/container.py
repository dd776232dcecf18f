"""One environment of Managed Instances: worker processes that share files, memory and log, and are never frozen.

https://docs.aws.amazon.com/lambda/latest/dg/lambda-managed-instances-execution-environment.html
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Final

import msgspec

from lab.account.function import Function
from lab.containers import outcomes, procfs
from lab.containers.files import ContainerFiles
from lab.containers.managed.log_lines import ManagedReport, init_report_line, invocation_start_line
from lab.containers.outcomes import Outcome
from lab.containers.process import ContainerProcess, ProcessObserver
from lab.containers.runtime_api import Invocation, Reply
from lab.containers.sandbox import FleetContext
from lab.containers.timeline import ContainerState
from lab.errors import Failure, Timeout
from lab.traits import MIB

# INIT may take this long, or the function's timeout if that is more
_INIT_TIMEOUT_S: Final = 130.0


class ManagedContainer(ProcessObserver):
    """AWS's runtime client, which forks ``max_concurrency`` workers; each serves one invocation at a time.

    ``on_change`` is called when a worker asks for an event, and when the container is ``dead``.
    """

    def __init__(
        self,
        function: Function,
        files: ContainerFiles,
        context: FleetContext,
        *,
        on_change: Callable[[ManagedContainer], None],
    ) -> None:
        self.function = function
        self.name = files.name
        self.dead = False
        self.ready = False
        self.starting = True
        self.free = 0
        self.running = 0
        self._files = files
        self._traits = context.traits
        self._timeline = context.timeline
        self._launcher = context.launcher
        self._on_change = on_change
        self._process: ContainerProcess | None = None
        self._peak_bytes = 0
        self._killed_for = ""
        self._lock = threading.Lock()

    @property
    def pid(self) -> int:
        """Return the process that the workers are children of; 0 before there is one."""
        return self._process.pid if self._process else 0

    @property
    def finishing(self) -> bool:
        """Return whether a worker is neither free nor known to be busy: it loads, has just replied, or crashed."""
        return not self.dead and self.free + self.running < self.function.max_concurrency

    def start(self) -> None:
        """Start the workers and wait until one is loaded; raise InitError, Exited or Timeout."""
        self._timeline.enter(self.name, ContainerState.INIT, note=f"{self.function.name}:{self.function.version}")
        began = time.perf_counter()
        try:
            self._process = ContainerProcess(
                self.function, traits=self._traits, files=self._files, launcher=self._launcher, observer=self
            )
            if self.dead:
                self._process.kill()  # the lab was stopped in the meantime
            self._process.wait_ready(max(_INIT_TIMEOUT_S, self.function.timeout_s))
        except Failure as exc:
            self.dead = True
            self._files.write(_init_report(began, exc, self._killed_for))
            self.starting = False
            raise
        self._files.write(_init_report(began))
        self._timeline.enter(self.name, ContainerState.IDLE)
        self.ready, self.starting = True, False
        self._on_change(self)

    def take(self) -> bool:
        """Reserve a free worker for one invocation; return False when there is none."""
        with self._lock:
            if self.dead or not self.free:
                return False
            self.free -= 1
            self.running += 1
            return True

    def invoke(self, invocation: Invocation) -> Outcome:
        """Serve one invocation on the worker that ``take`` reserved, beside others; a failure becomes an outcome."""
        try:
            return self._run(invocation)
        finally:
            # last: a container that is dead is closed, with its log, when nothing runs in it
            self._leave()

    def check_memory(self) -> None:
        """Kill the container when its processes together hold more than the function's memory."""
        limit = self.function.memory_mb * MIB
        if not self.running:
            return
        family = procfs.family(self.pid)
        # resident memory counts what is shared once per process, and is much cheaper to read
        held = sum(map(procfs.resident_bytes, family))
        if held > limit:
            held = procfs.shared_bytes(family)
        self._peak_bytes = max(self._peak_bytes, held)
        if self._traits.memory_kill and held > limit:
            self.kill(outcomes.OUT_OF_MEMORY)

    def kill(self, reason: str = "") -> None:
        """Kill every worker; callers that wait for an answer get an error."""
        self.dead = True
        self._killed_for = self._killed_for or reason
        if self._process:
            self._process.kill()

    def close(self) -> None:
        """End the processes and remove the temp directory."""
        self.dead = True
        if self._process:
            self._process.close()
        self._files.close()
        state = ContainerState.KILLED if self._killed_for else ContainerState.GONE
        self._timeline.enter(self.name, state, note=self._killed_for)

    def on_reply(self) -> bool:
        """Check the memory before the caller has the answer; above the limit there is none."""
        self.check_memory()
        return not self.dead

    def on_next(self) -> None:
        """Count a worker that is free."""
        with self._lock:
            self.free += 1
        self._on_change(self)

    def on_exit(self) -> None:
        """Report that all workers have ended; while one is left, the container serves."""
        self.dead = True
        self._on_change(self)

    def _run(self, invocation: Invocation) -> Outcome:
        log_start = self._files.log_size()
        self._files.write(invocation_start_line(invocation.request_id, self.function.version))
        self._timeline.enter(self.name, ContainerState.SERVE, note=invocation.request_id)
        began = time.perf_counter()
        reply, status = self._serve(invocation)
        report = self._report(invocation, 1000 * (time.perf_counter() - began), reply, status)
        self._files.write(report.line())
        self._timeline.count(report, cold=False, error=bool(reply.error_type))
        return Outcome(
            request_id=invocation.request_id,
            payload=reply.payload,
            error_type=reply.error_type,
            report=report,
            version=self.function.version,
            container=self.name,
            cold=False,
            log_tail=self._files.tail(log_start),
        )

    def _leave(self) -> None:
        with self._lock:
            self.running -= 1
            is_idle = not self.running
        if is_idle and not self.dead:
            self._timeline.enter(self.name, ContainerState.IDLE)
        self._on_change(self)

    def _serve(self, invocation: Invocation) -> tuple[Reply, str]:
        request_id, timeout_s = invocation.request_id, self.function.timeout_s
        if self._process is None:
            raise RuntimeError("expected a container that was started")
        prepared = msgspec.structs.replace(invocation, deadline=time.time() + timeout_s)
        try:
            return self._process.run(prepared, timeout_s=timeout_s if self._traits.timeout_kill else None), ""
        except Timeout:
            # nothing is killed: the worker goes on, and is free again when it is done. A worker that crashed ends
            # here too, as in AWS's own emulator
            return outcomes.timed_out(request_id, timeout_s), "timeout"
        except Failure as exc:
            return outcomes.exited(request_id, str(exc), self._killed_for), "error"

    def _report(self, invocation: Invocation, duration_ms: float, reply: Reply, status: str) -> ManagedReport:
        return ManagedReport(
            request_id=invocation.request_id,
            duration_ms=duration_ms,
            memory_mb=self.function.memory_mb,
            peak_bytes=self._peak_bytes,
            status=status or ("error" if reply.error_type else ""),
            error_type=reply.error_type,
        )


def _init_report(began: float, failure: Failure | None = None, killed_for: str = "") -> str:
    status, error_type = outcomes.init_status(failure, killed_for) if failure else ("success", "")
    return init_report_line(1000 * (time.perf_counter() - began), status=status, error_type=error_type)
