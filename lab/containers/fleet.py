"""The containers of an account: started when all are busy, reused, frozen in between, ended when idle."""

from __future__ import annotations

import math
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from queue import SimpleQueue
from types import TracebackType
from typing import Final
from uuid import uuid4

from lab.account.concurrency import Concurrency
from lab.account.function import Function, Key
from lab.containers.container import LambdaContainer
from lab.containers.cpu_share import CpuShares
from lab.containers.files import ContainerFiles
from lab.containers.guardian import Guardian
from lab.containers.launcher import Launcher
from lab.containers.managed.container import ManagedContainer
from lab.containers.managed.fleet import ManagedFleet
from lab.containers.outcomes import Outcome
from lab.containers.patience import Patience
from lab.containers.process import ContainerProcess
from lab.containers.runtime_api import CallerHeaders, Invocation
from lab.containers.sandbox import FleetContext
from lab.containers.start_gate import StartGate
from lab.containers.timeline import Timeline
from lab.containers.trace import invocation_trace
from lab.errors import LabError, Throttled, TooLarge
from lab.traits import Traits
from measurement.machine import cores

_CHECK_S: Final = 0.02
# a caller that has its reply may be back before the runtime has asked for the next event
_FINISHING_S: Final = 0.25
_CLOSE_TIMEOUT_S: Final = 5.0
_NOTHING: Final = CallerHeaders()


class Fleet:
    """Runs any version of any function; ``directory`` is removed when the fleet closes."""

    def __init__(
        self,
        directory: Path,
        *,
        traits: Traits | None = None,
        concurrency: Concurrency | None = None,
        timeline: Timeline | None = None,
        gate: StartGate | None = None,
    ) -> None:
        self.directory = directory
        self.traits = traits or Traits()
        self.concurrency = concurrency or Concurrency()
        self.timeline = timeline or Timeline()
        self._guardian = Guardian(directory)
        self._launcher = Launcher(self._guardian, traits=self.traits)
        self._cpu = CpuShares() if self.traits.cpu_share else None
        self._gate = gate or StartGate(cores())
        self._context = FleetContext(
            traits=self.traits, timeline=self.timeline, launcher=self._launcher, gate=self._gate, cpu=self._cpu
        )
        self._changed = threading.Condition()
        self._containers: dict[str, LambdaContainer] = {}
        self._free: defaultdict[Key, list[LambdaContainer]] = defaultdict(list)
        self._retired: set[Key] = set()
        self._ended: SimpleQueue[LambdaContainer | ManagedContainer | None] = SimpleQueue()
        self._managed = ManagedFleet(directory, self._context, end=self._ended.put)
        self._closing = threading.Event()
        self._threads = [threading.Thread(target=work, daemon=True) for work in (self._check, self._close_ended)]
        for thread in self._threads:
            thread.start()

    @property
    def isolates(self) -> bool:
        """Return whether containers have a file system of their own, which takes namespaces."""
        return self._launcher.isolates

    @property
    def containers(self) -> list[LambdaContainer | ManagedContainer]:
        """Return the containers that are alive."""
        with self._changed:
            return [*self._containers.values(), *self._managed.containers]

    def invoke(
        self,
        function: Function,
        event: bytes,
        *,
        request_id: str = "",
        arn: str = "",
        caller: CallerHeaders = _NOTHING,
        patience: Patience | None = None,
        synchronous: bool = True,
    ) -> Outcome:
        """Run one event; raise TooLarge or Throttled when Lambda would not run it.

        Only ``synchronous`` invocations have a limit on their rate. The caller's ``patience`` is suspended while a
        container waits for its turn on this machine.
        """
        if len(event) > self.traits.request_bytes:
            limit = self.traits.request_bytes
            raise TooLarge(f"Request must be smaller than {limit} bytes for the InvokeFunction operation")
        invocation = Invocation(
            request_id=request_id or str(uuid4()),
            event=event,
            deadline=0.0,
            arn=arn or function.arn,
            client_context=caller.client_context,
            trace=invocation_trace(caller.trace),
        )
        try:
            has_rate = synchronous and self.traits.throttle and not function.max_concurrency
            per_place = self.traits.rate_per_place if has_rate else math.inf
            with self.concurrency.invocation(function.name, limited=self.traits.throttle, per_place=per_place):
                if function.max_concurrency:
                    return self._managed.invoke(function, invocation)
                container = self._acquire(function, patience)
                with self._abandoned_on_error(container):
                    return container.invoke(invocation, patience)
        except Throttled:
            self.timeline.count_throttle()
            raise

    def load_once(self, function: Function) -> None:
        """Load a function in a process that gets no event; raise InitError, Exited or Timeout, noting what it logged.

        A function that exceeds the limit of INIT has the time of an invocation, in which INIT is repeated. On Managed
        Instances the process stays, because requests do not start one.
        """
        if function.max_concurrency:
            return self.prepare(function)
        with (
            closing(self._files()) as files,
            ContainerProcess(function, traits=self.traits, files=files, launcher=self._launcher) as process,
        ):
            process.wait_ready(max(self.traits.init_timeout_s, function.timeout_s))

    def prepare(self, function: Function, environments: int = 1) -> None:
        """Start the environments of a function on Managed Instances, as its deployment does; see ``load_once``."""
        self._managed.prepare(function, environments)

    def retire(self, keys: set[Key], *, serving: Key | None = None) -> None:
        """End the containers of these versions as soon as they are free; ``serving`` is retired no longer."""
        with self._changed:
            self._retired |= keys
            self._retired -= {serving}
            for key in keys:
                for container in self._free.pop(key, []):
                    self._end(container)
        self._managed.retire(keys, serving=serving)

    def end_containers(self, name: str = "") -> int:
        """Kill the containers of one function, or all, busy or frozen, and return how many there were.

        The next request starts a new one.
        """
        with self._changed:
            found = [each for each in self.containers if name in ("", each.function.name)]
            for container in found:
                container.kill()
            # nothing will report the end of one whose process had ended before
            for idle in self._idle():
                if idle.dead:
                    self._end(idle)
        return len(found)

    def stop(self) -> None:
        """Kill every container and start no more, so that every waiting caller is answered at once."""
        self._closing.set()
        self._managed.stop()
        self._gate.open()
        self.end_containers()

    def close(self) -> None:
        """End every container and remove the lab's directory."""
        self.stop()
        with self._changed:
            for container in self._idle():
                self._end(container)
            # each of the others removes itself when its process has ended and its invocation is reported
            self._changed.wait_for(lambda: not self._containers, timeout=_CLOSE_TIMEOUT_S)
            for container in list(self._containers.values()):
                self._end(container)
        self._managed.close()
        self._ended.put(None)
        for thread in self._threads:
            thread.join()
        if self._cpu:
            self._cpu.close()
        self._guardian.close()

    def __enter__(self) -> Fleet:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _acquire(self, function: Function, patience: Patience | None) -> LambdaContainer:
        """Return a free container, or a new one when all are busy."""
        timeout_s = _FINISHING_S if self.traits.new_container_when_busy else None
        with self._changed:
            self._changed.wait_for(lambda: not self._worth_waiting(function.key), timeout=timeout_s)
            self._end_idle()  # on a busy machine the thread that looks for them comes late
            free = self._free[function.key]
            if free:
                return free.pop(-1 if self.traits.reuse == "most_recent" else 0)
            if self._closing.is_set():
                raise LabError("the lab is closing")
            container = self._new(function)
        with self._abandoned_on_error(container):
            container.initialize(patience)
        return container

    @contextmanager
    def _abandoned_on_error(self, container: LambdaContainer) -> Iterator[None]:
        """End the container when its caller is interrupted, as by Ctrl-C: nobody reports its invocation any more."""
        try:
            yield
        except BaseException:
            with self._changed:
                self._end(container)
                self._changed.notify_all()
            raise

    def _worth_waiting(self, key: Key) -> bool:
        if self._free[key] or self._closing.is_set():
            return False
        same = [container for container in self._containers.values() if container.function.key == key]
        if not self.traits.new_container_when_busy:
            return bool(same)
        return any(container.finishing for container in same)

    def _new(self, function: Function) -> LambdaContainer:
        files = self._files()
        container = LambdaContainer(function, files, self._context, on_free=self._on_free)
        self._containers[files.name] = container
        return container

    def _files(self) -> ContainerFiles:
        return ContainerFiles(self.directory, private_temp=self.traits.private_temp)

    def _on_free(self, container: LambdaContainer) -> None:
        with self._changed:
            if container.dead or container.function.key in self._retired or self._closing.is_set():
                self._end(container)
            elif container.name in self._containers:
                container.free_since = time.monotonic()
                self._free[container.function.key].append(container)
            self._changed.notify_all()

    def _end(self, container: LambdaContainer) -> None:
        if self._containers.pop(container.name, None):
            free = self._free[container.function.key]
            if container in free:
                free.remove(container)
            self._ended.put(container)

    def _check(self) -> None:
        """Enforce the memory limit, watch starts and end idle containers, until the fleet closes."""
        while not self._closing.wait(_CHECK_S):
            self._gate.sample()
            for container in self.containers:
                container.check_memory()
            with self._changed:
                self._end_idle()

    def _end_idle(self) -> None:
        for container in self._idle():
            if time.monotonic() - container.free_since > self.traits.idle_s:
                self._end(container)

    def _idle(self) -> list[LambdaContainer]:
        return [container for free in self._free.values() for container in free]

    def _close_ended(self) -> None:
        """Close ended containers in a thread of its own: closing waits for the threads that reported the end."""
        while (container := self._ended.get()) is not None:
            container.close()
