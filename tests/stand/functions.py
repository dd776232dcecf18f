"""Runs deployed functions as Lambda does: each uploaded zip, unpacked, under AWS's own runtime client."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import msgspec

from lab.account.function import Function
from lab.account.package import digest, unpack
from lab.containers.fleet import Fleet
from lab.containers.outcomes import Outcome
from lab.errors import SetupError
from lab.invoke_api.async_queue import AsyncQueue, FailureRecord, QueuedInvocation
from lab.traits import Traits
from tests.stand.moto_backend import DeployedVersion, deployed_version

# a minute between Lambda's retries takes 60 ms here
_RETRY_SCALE: Final = 1e-3
_CLOSE_TIMEOUT_S: Final = 60.0


class Invocation(msgspec.Struct, frozen=True):
    """One invocation: function and version, the SHA-256 of the zip that ran, the event and the outcome."""

    name: str
    version: str
    sha256: str
    event: bytes
    outcome: Outcome


class Functions:
    """Runs any deployed version of any function.

    An asynchronous event is tried up to three times and then handed to ``on_failure``.
    """

    def __init__(
        self,
        directory: Path,
        *,
        python: Path,
        runtime: Path,
        environ: Mapping[str, str],
        on_failure: Callable[[FailureRecord], None],
    ) -> None:
        self.invocations: list[Invocation] = []
        self._packages = directory / "packages"
        self._unpacked: dict[str, Path] = {}
        self._lock = threading.Lock()
        self._python = python
        self._runtime = runtime
        self._environ = environ
        self._fleet = Fleet(directory / "containers")
        self._queue = AsyncQueue(self._attempt, traits=Traits(), deliver=on_failure, scale=_RETRY_SCALE)

    def invoke(self, deployed: DeployedVersion, event: bytes, *, request_id: str = "") -> Outcome:
        """Run one event on one version and return its outcome."""
        function = self._function(deployed)
        arn = deployed.configuration["FunctionArn"]
        outcome = self._fleet.invoke(function, event or b"{}", request_id=request_id, arn=arn)
        sha256 = digest(deployed.archive)
        self.invocations.append(Invocation(function.name, function.version, sha256, event, outcome))
        return outcome

    def invoke_async(self, name: str, qualifier: str, event: bytes) -> None:
        """Run one event in the background, retrying as Lambda does."""
        self._queue.put(name=name, qualifier=qualifier, event=event)

    @property
    def pending(self) -> int:
        """Return how many asynchronous events are neither done nor given up."""
        return self._queue.pending

    def close(self) -> None:
        """Wait for pending events, then end every process."""
        end = time.monotonic() + _CLOSE_TIMEOUT_S
        while self.pending and time.monotonic() < end:
            time.sleep(0.01)
        self._queue.close()
        self._fleet.close()

    def _attempt(self, job: QueuedInvocation) -> Outcome:
        deployed = deployed_version(job.name, job.qualifier)
        if deployed is None:
            raise SetupError(f"Function not found: {job.name}")
        return self.invoke(deployed, job.event, request_id=job.request_id)

    def _package(self, archive: bytes) -> Path:
        """Return the directory of an unpacked zip; it is unpacked once, since containers may run from there."""
        name = digest(archive)
        with self._lock:
            if name not in self._unpacked:
                self._unpacked[name] = unpack(archive, self._packages)
            return self._unpacked[name]

    def _function(self, deployed: DeployedVersion) -> Function:
        configuration = deployed.configuration
        return Function(
            package=self._package(deployed.archive),
            python=self._python,
            runtime_client=self._runtime,
            handler=configuration["Handler"],
            memory_mb=configuration["MemorySize"],
            # credentials and endpoint first, so that the configuration can replace them
            environment={**self._environ, **configuration.get("Environment", {}).get("Variables", {})},
            name=configuration["FunctionName"],
            version=deployed.version,
            timeout_s=float(configuration["Timeout"]),
            flags=("-S",),
            # a changed configuration starts new containers too
            code=digest(deployed.archive + msgspec.json.encode(configuration, order="sorted")),
        )
