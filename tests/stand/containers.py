"""The functions of the stand, run as Lambda runs them: each uploaded zip, unpacked, under AWS's own runtime client."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import msgspec

from lab.accounts.function import Function
from lab.accounts.package import digest, unpack
from lab.containers.fleet import Fleet
from lab.containers.outcomes import Outcome
from lab.errors import SetupError
from lab.invoke_api.async_queue import AsyncQueue, FailureRecord, QueuedInvocation
from lab.traits import Traits
from tests.stand.backend import Code, code_of

# a minute of Lambda's is 60 ms here
_SCALE: Final = 1e-3
_ENOUGH_S: Final = 60.0


class Run(msgspec.Struct, frozen=True):
    """One invocation: of which function and version, the SHA-256 of the zip that ran, the event and the outcome."""

    name: str
    version: str
    sha256: str
    event: bytes
    outcome: Outcome


class Containers:
    """Runs any version of any function; what is asked for ``later`` is tried up to three times, then ``given_up``."""

    def __init__(
        self,
        directory: Path,
        *,
        python: Path,
        runtime: Path,
        environ: Mapping[str, str],
        given_up: Callable[[FailureRecord], None],
    ) -> None:
        self.runs: list[Run] = []
        self._packages = directory / "packages"
        self._unpacked: dict[str, Path] = {}
        self._lock = threading.Lock()
        self._python = python
        self._runtime = runtime
        self._environ = environ
        self._fleet = Fleet(directory / "containers")
        self._later = AsyncQueue(self._attempt, traits=Traits(), deliver=given_up, scale=_SCALE)

    def run(self, code: Code, event: bytes, *, request_id: str = "") -> Outcome:
        """Run one event on one version."""
        function = self._function(code)
        arn = code.configuration["FunctionArn"]
        outcome = self._fleet.invoke(function, event or b"{}", request_id=request_id, arn=arn)
        self.runs.append(Run(function.name, function.version, digest(code.archive), event, outcome))
        return outcome

    def later(self, name: str, qualifier: str, event: bytes) -> None:
        """Run one event in the background, as often as Lambda would."""
        self._later.put(name=name, qualifier=qualifier, event=event)

    @property
    def waiting(self) -> int:
        """Return how many events are neither done nor given up."""
        return self._later.pending

    def close(self) -> None:
        """Wait for what was asked for later, then end every process."""
        end = time.monotonic() + _ENOUGH_S
        while self.waiting and time.monotonic() < end:
            time.sleep(0.01)
        self._later.close()
        self._fleet.close()

    def _attempt(self, job: QueuedInvocation) -> Outcome:
        code = code_of(job.name, job.qualifier)
        if code is None:
            raise SetupError(f"Function not found: {job.name}")
        return self.run(code, job.event, request_id=job.request_id)

    def _package(self, archive: bytes) -> Path:
        """Return where a zip is unpacked, which happens once: containers may be running from there."""
        name = digest(archive)
        with self._lock:
            if name not in self._unpacked:
                self._unpacked[name] = unpack(archive, self._packages)
            return self._unpacked[name]

    def _function(self, code: Code) -> Function:
        told = code.configuration
        return Function(
            package=self._package(code.archive),
            python=self._python,
            runtime_client=self._runtime,
            handler=told["Handler"],
            memory_mb=told["MemorySize"],
            # the role's credentials, and this account's endpoint
            environment={**self._environ, **told.get("Environment", {}).get("Variables", {})},
            name=told["FunctionName"],
            version=code.version,
            timeout_s=float(told["Timeout"]),
            flags=("-S",),
            # a changed configuration means new containers too
            code=digest(code.archive + msgspec.json.encode(told, order="sorted")),
        )
