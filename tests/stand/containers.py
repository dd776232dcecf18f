"""The functions of the stand, run as Lambda runs them: each uploaded zip, unpacked, under AWS's own runtime client."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec

from lab.fleet import Fleet
from lab.function import Function
from lab.outcomes import Outcome
from lab.package import digest, unpack
from tests.stand.backend import Code


class Run(msgspec.Struct, frozen=True):
    """One invocation: of which function and version, the SHA-256 of the zip that ran, the event and the outcome."""

    name: str
    version: str
    sha256: str
    event: bytes
    outcome: Outcome


class Containers:
    """Runs any version of any function; what is asked for ``later`` runs once, without a retry."""

    def __init__(self, directory: Path, *, python: Path, runtime: Path, environ: Mapping[str, str]) -> None:
        self.runs: list[Run] = []
        self._packages = directory / "packages"
        self._unpacked: dict[str, Path] = {}
        self._lock = threading.Lock()
        self._python = python
        self._runtime = runtime
        self._environ = environ
        self._fleet = Fleet(directory / "containers")
        self._later = ThreadPoolExecutor(2, thread_name_prefix="later")

    def run(self, code: Code, event: bytes) -> Outcome:
        """Run one event on one version."""
        function = self._function(code)
        arn = code.configuration["FunctionArn"]
        outcome = self._fleet.invoke(function, event or b"{}", arn=arn)
        self.runs.append(Run(function.name, function.version, digest(code.archive), event, outcome))
        return outcome

    def later(self, code: Code, event: bytes) -> None:
        """Run one event in the background."""
        self._later.submit(self.run, code, event)

    def close(self) -> None:
        """Wait for what was asked for later, then end every process."""
        self._later.shutdown()
        self._fleet.close()

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
