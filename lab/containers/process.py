"""One container: a process that runs AWS's runtime client on an unpacked function."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
from types import TracebackType
from uuid import uuid4

import msgspec

from lab.accounts.function import Function
from lab.containers.environment import environment
from lab.containers.files import ContainerFiles
from lab.containers.launcher import StartProcess, launch
from lab.containers.runtime_api import Invocation, Reply, RuntimeApi
from lab.errors import Exited, InitError, Timeout
from lab.traits import Traits

__all__ = ["ContainerProcess", "Exited", "Function", "InitError", "Reply", "Timeout"]


class ProcessObserver:
    """What a fleet wants to know of a process; does nothing unless a subclass says so."""

    def on_next(self) -> None:
        """Act when the runtime client asks for an event."""

    def on_reply(self) -> bool:
        """Act when the answer is there, before the caller has it; say whether the caller gets it."""
        return True

    def on_exit(self) -> None:
        """Act when the process has ended."""


class ContainerProcess:
    """A running container; a context manager, so that no process is left behind.

    By itself it starts, answers and ends. Freezing, limits and reuse are the fleet's, which hands in
    a ``home`` that outlives it, a ``watch`` and a way to start it.
    """

    def __init__(
        self,
        function: Function,
        *,
        traits: Traits | None = None,
        home: ContainerFiles | None = None,
        watch: ProcessObserver | None = None,
        start: StartProcess = launch,
    ) -> None:
        traits = traits or Traits()
        self._function = function
        self._watch = watch or ProcessObserver()
        self._lock = threading.Lock()
        self._over = False
        self._own_home = None if home else ContainerFiles(function.name)
        self._home = home or self._own_home or ContainerFiles(function.name)
        self._api = RuntimeApi(
            on_next=self._watch.on_next, on_reply=self._watch.on_reply, response_bytes=traits.response_bytes
        )
        self._process = start(
            [str(function.python), *function.flags, "-m", "awslambdaric", function.handler],
            package=function.package,
            environment=environment(
                function,
                self._api.address,
                self._home.temporary,
                log_stream=self._home.name,
                clean=traits.clean_environment,
            ),
            log=self._home.log,
        )
        self._waiter = threading.Thread(target=self._wait, name=f"wait-{self.pid}", daemon=True)
        self._waiter.start()

    @property
    def pid(self) -> int:
        """Return the process id."""
        return self._process.pid

    def wait_ready(self, timeout_s: float) -> None:
        """Wait until the function is loaded; raise InitError, Exited or Timeout."""
        self._api.wait_ready(timeout_s)

    def invoke(self, event: object, *, timeout_s: float = 30.0) -> Reply:
        """Return the function's answer to ``event``, any JSON value; raise InitError, Exited or Timeout."""
        call = Invocation(
            request_id=str(uuid4()),
            event=msgspec.json.encode(event),
            deadline=time.time() + timeout_s,
            arn=self._function.arn,
        )
        return self.call(call, timeout_s=timeout_s)

    def call(self, call: Invocation, *, timeout_s: float | None) -> Reply:
        """Return the answer to one prepared call; see ``invoke``."""
        return self._api.invoke(call, timeout_s=timeout_s)

    def signal(self, number: int) -> None:
        """Send a signal to the process and everything it started."""
        # under the lock: until the exit is noticed, the number belongs to our process, alive or dead
        with self._lock:
            if not self._over:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(self.pid, number)

    def freeze(self) -> None:
        """Stop the process where it is, as Lambda stops a container that waits."""
        self.signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let the process run on."""
        self.signal(signal.SIGCONT)

    def kill(self) -> None:
        """End the process at once; a frozen one too."""
        self.signal(signal.SIGKILL)

    def log(self) -> str:
        """Return what the process wrote so far."""
        return self._home.read().decode(errors="replace")

    def close(self) -> None:
        """End the process and remove its temp directory."""
        self.kill()
        self._waiter.join()
        self._api.close()
        if self._own_home:
            self._own_home.close()

    def _wait(self) -> None:
        # look at the exit without taking it, so that the process id cannot be given to another yet
        os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOWAIT)
        with self._lock, contextlib.suppress(ProcessLookupError, PermissionError):
            # what it started must not live on
            os.killpg(self.pid, signal.SIGKILL)
        with self._lock:
            self._over = True
            self._process.wait()
        self._api.fail(Exited(_exit_text(self._process)))
        self._watch.on_exit()

    def __enter__(self) -> ContainerProcess:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _exit_text(process: subprocess.Popen[bytes]) -> str:
    code = process.returncode
    if code < 0:
        name = signal.strsignal(-code) or str(-code)
        return f"Runtime exited with error: signal: {name.lower()}"
    return f"Runtime exited with error: exit status {code}" if code else "Runtime exited without providing a reason"
