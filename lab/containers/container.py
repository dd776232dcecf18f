"""The life of one container: INIT, one invocation at a time, frozen in between, and the ways it can end."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import msgspec

from lab.account.function import Function
from lab.containers import outcomes
from lab.containers.environment import runtime_name
from lab.containers.files import ContainerFiles
from lab.containers.meter import Meter
from lab.containers.outcomes import Outcome
from lab.containers.patience import Patience
from lab.containers.process import ProcessObserver
from lab.containers.report_line import InvocationReport, end_line, init_start_line, start_line, timeout_line
from lab.containers.runtime_api import Invocation, Reply
from lab.containers.sandbox import FleetContext, Sandbox
from lab.containers.timeline import ContainerState
from lab.errors import Failure, InitError, Timeout
from lab.traits import MIB


class LambdaContainer(ProcessObserver):
    """A process with its files, limits and log.

    ``on_free`` is called when the container can take the next invocation, or when it is ``dead``. A container whose
    process has ended is reset: it keeps its temp directory, and its next invocation loads the function again, within
    the function's timeout. See "Failures during the invoke phase" in
    https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
    """

    def __init__(
        self,
        function: Function,
        files: ContainerFiles,
        context: FleetContext,
        *,
        on_free: Callable[[LambdaContainer], None],
    ) -> None:
        self.function = function
        self.name = files.name
        self.free_since = 0.0
        self._files = files
        self._traits = context.traits
        self._timeline = context.timeline
        self._on_free = on_free
        self._sandbox = Sandbox(function, files, context, self)
        self._meter = Meter()
        self._lock = threading.Lock()
        # an invocation ends in two steps, in either order: it is reported, and the runtime asks for the next event
        self._steps_left = 2
        # the process has ended or is about to
        self._broken = False
        self._ended = False
        self._invocations = 0

    @property
    def dead(self) -> bool:
        """Return whether the container takes no more invocations."""
        return self._ended or (self._broken and not self._traits.reset)

    @property
    def pid(self) -> int:
        """Return the process id; 0 when there is no process."""
        return self._sandbox.pid

    @property
    def finishing(self) -> bool:
        """Return whether the caller has its answer but the runtime has not asked for the next event yet."""
        return self._steps_left == 1 and not self._broken

    def initialize(self, patience: Patience | None = None) -> None:
        """Start the process and wait until it is loaded; a failure is retried in the first invocation."""
        with self._sandbox.turn(patience):
            self._timeline.enter(self.name, ContainerState.INIT, note=f"{self.function.name}:{self.function.version}")
            self._files.write(init_start_line(runtime_name(self.function.python)))
            self._sandbox.initialize()

    def invoke(self, invocation: Invocation, patience: Patience | None = None) -> Outcome:
        """Serve one invocation; every failure becomes an outcome, and most end the container.

        The caller's ``patience`` is suspended while the container waits for its turn to load the function again.
        """
        self._steps_left = 2
        if self._broken:
            self._reset()
        with self._sandbox.turn(patience):
            return self._run(invocation)

    def _run(self, invocation: Invocation) -> Outcome:
        log_start = self._files.log_size()
        self._files.write(start_line(invocation.request_id, self.function.version))
        self._timeline.enter(self.name, ContainerState.SERVE, note=invocation.request_id)
        began = time.perf_counter()
        reply, status = self._serve(invocation)
        report = self._report(invocation, 1000 * (time.perf_counter() - began), reply, status)
        self._files.write(end_line(invocation.request_id), report.line())
        outcome = Outcome(
            request_id=invocation.request_id,
            payload=reply.payload,
            error_type=reply.error_type,
            report=report,
            version=self.function.version,
            container=self.name,
            cold=not self._invocations,
            log_tail=self._files.tail(log_start),
            cpu_ms=self._meter.cpu_ms,
            waited_ms=self._meter.waited_ms,
        )
        self._invocations += 1
        self._sandbox.init_ms = None
        self._timeline.count(report, cold=outcome.cold, error=bool(reply.error_type))
        self._finish_step()
        return outcome

    def check_memory(self) -> None:
        """Kill the process when it holds more than the function's memory."""
        process = self._sandbox.process
        is_frozen = self._traits.freeze and not self._steps_left
        if process and not is_frozen and not self._broken:
            self._meter.measure_memory(process)
            self._enforce_memory_limit()

    def kill(self) -> None:
        """Kill the process for good; a caller that waits for its answer gets an error."""
        self._ended = True
        self._sandbox.stop()

    def close(self) -> None:
        """End the process and remove the temp directory."""
        state = ContainerState.KILLED if self.dead else ContainerState.GONE
        self._ended = True
        self._sandbox.end()
        self._files.close()
        self._timeline.enter(self.name, state, note=self._sandbox.killed_for)

    def on_reply(self) -> bool:
        """Measure memory and CPU before the caller has the answer; above the memory limit there is none."""
        process = self._sandbox.process
        if process:
            self._meter.measure_reply(process)
            self._enforce_memory_limit()
        if not self._broken:
            self._timeline.enter(self.name, ContainerState.AFTER)
        return not self._broken

    def on_next(self) -> None:
        """Freeze the process: the runtime has nothing left to do for this invocation."""
        process = self._sandbox.process
        # the first request for an event ends INIT; its event is already waiting
        if process is None or self._broken or not self._meter.has_reply:
            return
        if self._traits.freeze:
            process.freeze()
        state = ContainerState.FROZEN if self._traits.freeze else ContainerState.IDLE
        self._timeline.enter(self.name, state, cpu_ms=self._meter.late_cpu_ms(process))
        self._finish_step()

    def on_exit(self) -> None:
        """Report a process that ended by itself, not one that the sandbox ended."""
        if self._sandbox.process:
            with self._lock:
                self._broken = True
                is_answered, is_serving = self._steps_left == 1, self._steps_left == 2
                if is_answered:
                    self._steps_left = 0
            # while it serves, the end of the invocation reports it
            if not is_serving:
                self._report_end()
            if is_answered or (self.dead and not is_serving):
                self._on_free(self)

    def _finish_step(self) -> None:
        with self._lock:
            before, broken = self._steps_left, self._broken
            self._steps_left = 0 if broken else max(0, before - 1)
            is_free = before > 0 and self._steps_left == 0
        if is_free:
            if broken:
                self._report_end()
            self._on_free(self)

    def _report_end(self) -> None:
        """Show that the process has ended; a dead container shows it when it is closed."""
        if not self.dead:
            self._timeline.enter(self.name, ContainerState.KILLED, note=self._sandbox.killed_for)

    def _serve(self, invocation: Invocation) -> tuple[Reply, str]:
        request_id, timeout_s = invocation.request_id, self.function.timeout_s
        try:
            return self._reply(invocation), ""
        except Timeout:
            self._break(outcomes.TIMED_OUT)
            self._files.write(timeout_line(request_id, timeout_s))
            return outcomes.timed_out(request_id, timeout_s), "timeout"
        except InitError as exc:
            self._break()
            return Reply(str(exc).encode(), exc.error_type), "error"
        except Failure as exc:
            self._break()
            self._files.write(f"RequestId: {request_id} Error: {exc}", outcomes.EXIT_ERROR)
            return outcomes.exited(request_id, str(exc), self._sandbox.killed_for), "error"

    def _reply(self, invocation: Invocation) -> Reply:
        deadline = time.time() + self.function.timeout_s
        # with timeout_kill off the function still learns its deadline
        allowed = self.function.timeout_s if self._traits.timeout_kill else None
        self._meter.begin_invocation()
        process = self._sandbox.ready(allowed)
        self._meter.begin_run(process, waits=self._traits.cpu_share)
        process.thaw()
        left = None if allowed is None else max(0.0, deadline - time.time())
        return process.run(msgspec.structs.replace(invocation, deadline=deadline), timeout_s=left)

    def _break(self, reason: str = "") -> None:
        """Kill the process, or what is left of it; the next invocation loads the function again."""
        with self._lock:
            self._broken = True
        self._sandbox.kill(reason)

    def _reset(self) -> None:
        # waits for the last callback of the old process, so that none is taken for one of the new process
        self._sandbox.end()
        self._broken = False
        self._meter = Meter()

    def _report(self, invocation: Invocation, duration_ms: float, reply: Reply, status: str) -> InvocationReport:
        if status == "timeout":
            # the bill ends with the timeout, however long the kill took
            duration_ms = 1000 * self.function.timeout_s
        status, error_type = outcomes.report_status(reply, status)
        return InvocationReport(
            request_id=invocation.request_id,
            duration_ms=duration_ms,
            memory_mb=self.function.memory_mb,
            peak_bytes=self._meter.peak_bytes,
            init_ms=self._sandbox.init_ms,
            bill_init=self._traits.bill_init,
            status=status,
            error_type=error_type,
        )

    def _enforce_memory_limit(self) -> None:
        # not RLIMIT_AS: it counts address space, which Python and its threads reserve by the gigabyte
        # without touching it, and it makes malloc fail where Lambda ends the process
        if self._traits.memory_kill and self._meter.peak_bytes > self.function.memory_mb * MIB:
            self._break(outcomes.OUT_OF_MEMORY)
