"""The process of a container: AWS's runtime client on an unpacked function."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from types import TracebackType

from lab.account.function import Function
from lab.containers.cpu_share import CpuShares
from lab.containers.environment import environment, log_stream
from lab.containers.files import ContainerFiles
from lab.containers.launcher import Launch, Launcher
from lab.containers.runtime_api import Invocation, Reply, RuntimeApi
from lab.errors import Exited, Failure
from lab.traits import Traits


class ProcessObserver:
    """Callbacks of a process; each does nothing unless a subclass overrides it."""

    def on_next(self) -> None:
        """The runtime client asks for an event."""

    def on_reply(self) -> bool:
        """The reply is there but not delivered yet; return whether the caller gets it."""
        return True

    def on_exit(self) -> None:
        """The process has ended."""


class ContainerProcess:
    """A running process; a context manager that ends it.

    Limits and reuse belong to the fleet, which passes in ``files`` that outlive the process, an ``observer``, and the
    ``cpu`` shares to hold it to.
    """

    def __init__(
        self,
        function: Function,
        *,
        traits: Traits,
        files: ContainerFiles,
        launcher: Launcher,
        observer: ProcessObserver | None = None,
        cpu: CpuShares | None = None,
    ) -> None:
        self._function = function
        self._files = files
        self._observer = observer or ProcessObserver()
        self._cpu = cpu
        self._lock = threading.Lock()
        self._over = False
        self._api = RuntimeApi(
            on_next=self._observer.on_next, on_reply=self._observer.on_reply, response_bytes=traits.response_bytes
        )
        try:
            self._process = launcher.start(self._launch(traits))
        except BaseException:
            self._api.close()
            raise
        self._waiter = threading.Thread(target=self._wait, name=f"wait-{self.pid}", daemon=True)
        self._waiter.start()

    @property
    def pid(self) -> int:
        """Return the process id."""
        return self._process.pid

    def wait_ready(self, timeout_s: float) -> None:
        """Wait until the function is loaded; raise InitError, Exited or Timeout, with the end of the log as a note."""
        try:
            self._api.wait_ready(timeout_s)
        except Failure as exc:
            exc.add_note(self._files.tail(0).decode(errors="replace"))
            raise

    def run(self, invocation: Invocation, *, timeout_s: float | None) -> Reply:
        """Return the function's reply to an invocation; raise InitError, Exited or Timeout."""
        return self._api.invoke(invocation, timeout_s=timeout_s)

    def freeze(self) -> None:
        """Stop the process where it is, as Lambda freezes a container that waits."""
        if self._cpu:
            self._cpu.end(self)
        self.pause()

    def thaw(self) -> None:
        """Let the process continue, with its share of the CPU."""
        self.resume()
        if self._cpu and not self._over:
            self._cpu.begin(self, self._function.vcpus)

    def pause(self) -> None:
        """Stop the process for a moment."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let the process continue after a pause."""
        self._signal(signal.SIGCONT)

    def kill(self) -> None:
        """Kill the process, even a frozen one."""
        self._signal(signal.SIGKILL)

    def close(self) -> None:
        """End the process."""
        self.kill()
        self._waiter.join()
        if self._cpu:
            self._cpu.forget(self)
        self._api.close()

    def __enter__(self) -> ContainerProcess:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _launch(self, traits: Traits) -> Launch:
        function, files = self._function, self._files
        return Launch(
            command=[str(function.python), *function.flags, "-m", "awslambdaric", function.handler],
            function=function,
            temporary=files.temporary,
            environment=environment(
                function,
                self._api.address,
                files.temporary,
                log_stream=log_stream(function.version, files.name, files.created),
                clean=traits.clean_environment,
            ),
            log=files.log,
        )

    def _signal(self, number: int) -> None:
        # under the lock: until the exit is noticed, the process group id is ours, alive or dead
        with self._lock:
            if not self._over:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(self.pid, number)

    def _wait(self) -> None:
        # wait without reaping, so that the process id cannot be reused yet
        os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOWAIT)
        with self._lock, contextlib.suppress(ProcessLookupError, PermissionError):
            # children of the function must not outlive it
            os.killpg(self.pid, signal.SIGKILL)
        with self._lock:
            self._over = True
            code = self._process.reap()
        if self._cpu:
            self._cpu.forget(self)
        self._api.fail(Exited(_exit_text(code)))
        self._observer.on_exit()


def _exit_text(code: int) -> str:
    if code < 0:
        name = signal.strsignal(-code) or str(-code)
        return f"Runtime exited with error: signal: {name.lower()}"
    return f"Runtime exited with error: exit status {code}" if code else "Runtime exited without providing a reason"
