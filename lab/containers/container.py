"""One container's life: init, one invocation at a time, frozen in between, and the ways it can die."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import msgspec

from lab.accounts.function import Function
from lab.containers import outcomes
from lab.containers.files import ContainerFiles
from lab.containers.meter import Meter
from lab.containers.outcomes import Outcome
from lab.containers.process import ProcessObserver
from lab.containers.report_line import MIB, InvocationReport, end_line, start_line, timeout_line
from lab.containers.runtime_api import Invocation, Reply
from lab.containers.sandbox import FleetContext, Sandbox
from lab.containers.timeline import ContainerState
from lab.errors import Failure, InitError, Timeout


class LambdaContainer(ProcessObserver):
    """A process and what surrounds it.

    ``on_free`` is called when it can take the next invocation, or never again: then it is ``dead``.
    """

    def __init__(
        self,
        function: Function,
        home: ContainerFiles,
        parts: FleetContext,
        *,
        on_free: Callable[[LambdaContainer], None],
    ) -> None:
        self.function = function
        self.name = home.name
        self.free_since = 0.0
        self.dead = False
        self._home = home
        self._traits = parts.traits
        self._timeline = parts.timeline
        self._on_free = on_free
        self._sandbox = Sandbox(function, home, parts, self)
        self._meter = Meter()
        self._lock = threading.Lock()
        # an invocation is over when its books are closed and the runtime has asked for the next
        self._open = 2
        self._exited = False
        self._invocations = 0

    @property
    def finishing(self) -> bool:
        """Say whether the last caller has its answer but the runtime has not asked for the next event."""
        return self._open == 1 and not self.dead

    def initialise(self) -> None:
        """Start the process and wait until it is loaded; what fails is tried again in the first invocation."""
        self._timeline.enter(self.name, ContainerState.INIT)
        self._sandbox.initialise()

    def invoke(self, call: Invocation) -> Outcome:
        """Serve one call; every way to fail becomes an outcome, and most end the container."""
        self._open = 2
        start = self._home.position()
        self._home.write(start_line(call.request_id, self.function.version))
        self._timeline.enter(self.name, ContainerState.SERVE, note=call.request_id)
        self._count_late_work()
        began = time.perf_counter()
        reply, status = self._serve(call)
        report = self._report(call, 1000 * (time.perf_counter() - began), reply, status)
        self._home.write(end_line(call.request_id), report.line())
        outcome = Outcome(
            request_id=call.request_id,
            payload=reply.payload,
            error_type=reply.error_type,
            report=report,
            version=self.function.version,
            container=self.name,
            cold=not self._invocations,
            log_tail=self._home.tail(start),
        )
        self._invocations += 1
        self._sandbox.init_ms = None
        self._timeline.count(report, cold=outcome.cold, error=bool(reply.error_type))
        self._close_half()
        return outcome

    def check_memory(self) -> None:
        """Kill the process when it holds more than the function's memory."""
        process = self._sandbox.process
        is_frozen = self._traits.freeze and not self._open
        if process and not is_frozen:
            self._meter.look(process)
            self._limit_memory()

    def kill(self, reason: str = "") -> None:
        """End the process at once; whoever waits for its answer learns that it exited."""
        self.dead = True
        self._sandbox.kill(reason)

    def close(self) -> None:
        """End the process and give up the temp directory."""
        state = ContainerState.KILLED if self.dead else ContainerState.GONE
        self.dead = True
        self._sandbox.end()
        self._home.close()
        self._timeline.enter(self.name, state, note=self._sandbox.killed_for)

    def on_reply(self) -> bool:
        """Note memory and CPU while they are the invocation's; too much memory turns the answer into a kill."""
        process = self._sandbox.process
        if process:
            self._meter.reply(process)
            self._limit_memory()
        if not self.dead:
            self._timeline.enter(self.name, ContainerState.AFTER)
        return not self.dead

    def on_next(self) -> None:
        """Freeze: the runtime has nothing left to do for this invocation."""
        process = self._sandbox.process
        # the first time it asks is the end of init: its event is waiting already
        if process is None or self.dead or not self._meter.has_answered:
            return
        if self._traits.freeze:
            process.freeze()
        state = ContainerState.FROZEN if self._traits.freeze else ContainerState.IDLE
        self._timeline.enter(self.name, state, cpu_ms=self._meter.late_ms(process))
        self._close_half()

    def on_exit(self) -> None:
        """Tell of a process that ended by itself; one we ended is no news."""
        if self._sandbox.process:
            with self._lock:
                self._exited = True
                serving = self._open == 2
                self.dead = self.dead or not serving
            if not serving:
                self._on_free(self)

    def _close_half(self) -> None:
        with self._lock:
            self._open -= 1
            self.dead = self.dead or self._exited
            free = self._open == 0 or self.dead
        if free:
            self._on_free(self)

    def _serve(self, call: Invocation) -> tuple[Reply, str]:
        try:
            return self._answer(call), ""
        except Timeout:
            self.kill(outcomes.TIMED_OUT)
            self._home.write(timeout_line(call.request_id, self.function.timeout_s))
            return outcomes.timed_out(call.request_id, self.function.timeout_s), "timeout"
        except InitError as exc:
            self.dead = True
            return Reply(str(exc).encode(), exc.error_type), "error"
        except Failure as exc:
            self.dead = True
            self._home.write(f"RequestId: {call.request_id} Error: {exc}", outcomes.EXIT_ERROR)
            return outcomes.exited(call.request_id, str(exc), self._sandbox.killed_for), "error"

    def _answer(self, call: Invocation) -> Reply:
        deadline = time.time() + self.function.timeout_s
        # without a kill the function is still told of the deadline
        allowed = self.function.timeout_s if self._traits.timeout_kill else None
        self._meter.begin()
        if not self._sandbox.process:
            self._exited = False
        process = self._sandbox.ready(allowed)
        process.thaw()
        left = None if allowed is None else max(0.0, deadline - time.time())
        return process.call(msgspec.structs.replace(call, deadline=deadline), timeout_s=left)

    def _report(self, call: Invocation, duration_ms: float, reply: Reply, status: str) -> InvocationReport:
        status, kind = outcomes.status_of(reply, status)
        return InvocationReport(
            request_id=call.request_id,
            duration_ms=duration_ms,
            memory_mb=self.function.memory_mb,
            peak_bytes=self._meter.peak_bytes,
            init_ms=self._sandbox.init_ms,
            bill_init=self._traits.bill_init,
            status=status,
            error_type=kind,
        )

    def _count_late_work(self) -> None:
        """Count the CPU a container that was not frozen used since its last answer."""
        process = self._sandbox.process
        if process and not self._traits.freeze:
            self._timeline.late_work(self._meter.late_ms(process))

    def _limit_memory(self) -> None:
        # RLIMIT_AS would not do: it counts address space, which Python and its threads reserve by the
        # gigabyte without touching it, and it makes malloc fail where Lambda ends the process
        if self._traits.memory_kill and self._meter.peak_bytes > self.function.memory_mb * MIB:
            self.kill(outcomes.OUT_OF_MEMORY)
