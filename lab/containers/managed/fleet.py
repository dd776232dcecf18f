"""The environments of Managed Instances: started ahead of requests, more of them only after requests were refused.

https://docs.aws.amazon.com/lambda/latest/dg/lambda-managed-instances-scaling.html
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Final

from lab.account.function import Function, Key
from lab.containers import outcomes
from lab.containers.files import ContainerFiles
from lab.containers.managed.container import ManagedContainer
from lab.containers.managed.log_lines import ManagedReport
from lab.containers.outcomes import Outcome
from lab.containers.runtime_api import Invocation, Reply
from lab.containers.sandbox import FleetContext
from lab.errors import Failure, InitError, LabError, Throttled

# a caller that has its reply may be back before its worker has asked for the next event, and one worker loads
# later than another
_FINISHING_S: Final = 1.0
_LOADED_S: Final = 60.0
# processes are killed by then, and their callers only have to be told
_REPORTED_S: Final = 5.0


class ManagedFleet:
    """Runs functions that have a ``max_concurrency``; ``end`` is called with each container that is to be closed."""

    def __init__(self, directory: Path, context: FleetContext, *, end: Callable[[ManagedContainer], None]) -> None:
        self._directory = directory
        self._context = context
        self._end = end
        self._changed = threading.Condition()
        self._containers: defaultdict[Key, list[ManagedContainer]] = defaultdict(list)
        self._preparing: set[Key] = set()
        self._scaling: set[Key] = set()
        self._retired: set[Key] = set()
        self._closing = False

    @property
    def containers(self) -> list[ManagedContainer]:
        """Return the containers that are alive."""
        with self._changed:
            return [container for each in self._containers.values() for container in each]

    def prepare(self, function: Function, environments: int = 1) -> None:
        """Start environments and wait until all their workers are loaded, unless the function has some already.

        A deployment does this on Lambda, before any request. Raises InitError, Exited or Timeout.
        """
        key = function.key
        with self._changed:
            self._changed.wait_for(lambda: key not in self._preparing)
            if self._containers[key]:
                return
            if self._closing:
                raise LabError("the lab is closing")
            self._preparing.add(key)
            self._retired.discard(key)
        try:
            started = [self._start(function) for _ in range(environments)]
            with self._changed:
                self._changed.wait_for(lambda: not any(each.finishing for each in started), _LOADED_S)
        finally:
            with self._changed:
                self._preparing.discard(key)
                self._changed.notify_all()

    def invoke(self, function: Function, invocation: Invocation) -> Outcome:
        """Run one event on a free worker; raise Throttled when every worker is busy."""
        try:
            self.prepare(function)
        except Failure as exc:
            return _not_started(function, invocation, exc)
        return self._take(function).invoke(invocation)

    def retire(self, keys: set[Key], *, serving: Key | None = None) -> None:
        """End the containers of these versions when they have nothing left to do."""
        with self._changed:
            self._retired = (self._retired | keys) - {serving}
        for container in self.containers:
            self._on_change(container)

    def stop(self) -> None:
        """Kill every container and start no more."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        for container in self.containers:
            container.kill()

    def close(self) -> None:
        """End what is left, when its starts and its invocations are reported."""
        with self._changed:
            self._changed.wait_for(lambda: not self._busy(), _REPORTED_S)
        for container in self.containers:
            self._remove(container)

    def _start(self, function: Function) -> ManagedContainer:
        files = ContainerFiles(self._directory, private_temp=self._context.traits.private_temp)
        container = ManagedContainer(function, files, self._context, on_change=self._on_change)
        with self._changed:
            self._containers[function.key].append(container)
        try:
            container.start()
        except BaseException:
            # also Ctrl-C, after which nobody would report the start
            self._remove(container)
            raise
        return container

    def _take(self, function: Function) -> ManagedContainer:
        """Return a container with a worker reserved for the caller; raise Throttled."""
        limited = self._context.traits.throttle
        with self._changed:
            self._changed.wait_for(
                lambda: not self._worth_waiting(function.key, limited=limited), _FINISHING_S if limited else None
            )
            if self._closing:
                raise LabError("the lab is closing")
            best = max(self._alive(function.key), key=lambda each: each.free, default=None)
            if best is not None and best.take():
                return best
            self._scale(function)
        raise Throttled("ConcurrentInvocationLimitExceeded")

    def _worth_waiting(self, key: Key, *, limited: bool) -> bool:
        alive = self._alive(key)
        if self._closing or any(each.free for each in alive):
            return False
        return not limited or any(each.finishing for each in alive)

    def _alive(self, key: Key) -> list[ManagedContainer]:
        return [each for each in self._containers[key] if each.ready and not each.dead]

    def _scale(self, function: Function) -> None:
        """Start one more environment beside the requests, unless one is starting; they do not wait for it."""
        if function.key in self._scaling or not self._context.traits.new_container_when_busy:
            return
        self._scaling.add(function.key)
        threading.Thread(target=self._start_another, args=(function,), daemon=True).start()

    def _start_another(self, function: Function) -> None:
        try:
            self._start(function)
        except Failure:
            pass  # its log says why; the next request that is refused tries again
        finally:
            with self._changed:
                self._scaling.discard(function.key)
                self._changed.notify_all()

    def _on_change(self, container: ManagedContainer) -> None:
        with self._changed:
            is_over = container.dead or container.function.key in self._retired
            self._changed.notify_all()
        # a start that fails is removed when it has been reported
        if is_over and not container.running and not container.starting:
            self._remove(container)

    def _busy(self) -> bool:
        return any(each.running or each.starting for containers in self._containers.values() for each in containers)

    def _remove(self, container: ManagedContainer) -> None:
        with self._changed:
            alive = self._containers[container.function.key]
            if container not in alive:
                return
            alive.remove(container)
            self._changed.notify_all()
        self._end(container)


def _not_started(function: Function, invocation: Invocation, failure: Failure) -> Outcome:
    """Return the error of an event that came before the function could be loaded at all."""
    if isinstance(failure, InitError):
        reply = Reply(str(failure).encode(), failure.error_type)
    else:
        reply = outcomes.exited(invocation.request_id, str(failure), "")
    report = ManagedReport(
        request_id=invocation.request_id,
        duration_ms=0.0,
        memory_mb=function.memory_mb,
        peak_bytes=0,
        status="error",
        error_type=reply.error_type,
    )
    return Outcome(
        request_id=invocation.request_id,
        payload=reply.payload,
        error_type=reply.error_type,
        report=report,
        version=function.version,
        container="",
        cold=False,
        log_tail=b"",
    )
