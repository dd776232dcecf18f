"""Starts servers, sends them requests over kept connections, and counts what they use."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from http.client import HTTPConnection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from bench.server.subjects import ImageRequest, Subject
from measurement.process_tree import TreeUse, process_uses, tree_use
from measurement.processes import clean_environment, free_port
from measurement.stamps import ROOT

_WAIT_S: Final = 60.0
# how many ports are tried, and what servers say of one that is in use
_PORTS: Final = 5
_TAKEN: Final = "address already in use"
_REQUESTS: Final = re.compile(r"(\d+) requests in ([\d.]+)(m?s)")
_SCRIPT: Final = """
wrk.method = "{method}"
local file = io.open("{body}", "rb")
wrk.body = file:read("*a")
"""


class PortTaken(RuntimeError):
    """The server did not start because somebody else has its port."""


class Server:
    """A running server."""

    def __init__(self, subject: Subject, process: subprocess.Popen[bytes], port: int, folder: Path) -> None:
        self.subject = subject
        self.port = port
        self._process = process
        self._folder = folder

    def use(self) -> TreeUse:
        """Return what its processes have used."""
        return tree_use(self._process.pid)

    def process_uses(self) -> dict[int, TreeUse]:
        """Return what each of its processes has used."""
        return process_uses(self._process.pid)

    def cpu_per_request(self, request: ImageRequest, count: int) -> float:
        """Return CPU seconds per request, of ``count`` one after the other; raise RuntimeError when one fails."""
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=_WAIT_S)) as connection:
            before = self.use().cpu_s
            for _ in range(count):
                self._ask(connection, request)
            return (self.use().cpu_s - before) / count

    def _ask(self, connection: HTTPConnection, request: ImageRequest) -> None:
        connection.request("POST" if request.body else "GET", request.path, request.body or None)
        answer = connection.getresponse()
        body = answer.read()
        if answer.status != 200 or not body.startswith(b"\xff\xd8"):
            raise RuntimeError(f"{self.subject.label}: expected a JPEG, received {answer.status} {body[:200]!r}")

    def rate(self, wrk: str, request: ImageRequest, *, seconds: int, connections: int) -> float:
        """Return how many requests a second wrk gets answered; raise RuntimeError when any fails."""
        script, body = self._folder / "wrk.lua", self._folder / "wrk.body"
        body.write_bytes(request.body)
        script.write_text(_SCRIPT.format(method="POST" if request.body else "GET", body=body))
        options = [f"--threads={min(2, connections)}", f"--connections={connections}", f"--duration={seconds}s"]
        command = [wrk, *options, "--timeout=30s", f"--script={script}", f"http://127.0.0.1:{self.port}{request.path}"]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        found = _REQUESTS.search(said)
        if found is None or "Non-2xx" in said or "Socket errors" in said:
            raise RuntimeError(f"{self.subject.label}: {said}")
        return int(found[1]) / (float(found[2]) / (1000 if found[3] == "ms" else 1))


@contextmanager
def running(subject: Subject) -> Iterator[Server]:
    """Start a server on a free port, wait until it answers, and end it with everything it started.

    Somebody else may take that port before the server does, or the next one, which the lab takes too: then others are
    tried.
    """
    with ExitStack() as stack:
        for _ in range(_PORTS):
            with suppress(PortTaken):
                server = stack.enter_context(_running(subject, free_port()))
                break
        else:
            raise RuntimeError(f"{subject.label} did not start: {_PORTS} ports in turn were in use")
        yield server


@contextmanager
def _running(subject: Subject, port: int) -> Iterator[Server]:
    with TemporaryDirectory() as name:
        folder = Path(name)
        environment = clean_environment(
            PYTHONPATH=str(ROOT),
            MONOLAMBDA_STORAGE=str(folder / "storage"),
            MONOLAMBDA_LOG_LEVEL="error",
            **subject.environment,
        )
        command, log = list(subject.command(port, folder)), folder / "log"
        with (
            log.open("wb") as output,
            subprocess.Popen(
                command, cwd=subject.cwd, env=environment, stdout=output, stderr=output, process_group=0
            ) as process,
        ):
            try:
                _wait_until_ready(subject, process, port, log)
                yield Server(subject, process, port, folder)
            finally:
                _end(process)


def _wait_until_ready(subject: Subject, process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    end = time.monotonic() + _WAIT_S
    while time.monotonic() < end and process.poll() is None:
        with suppress(OSError), closing(HTTPConnection("127.0.0.1", port, timeout=_WAIT_S)) as connection:
            connection.request("GET", subject.ready)
            if connection.getresponse().status == 200:
                return
        time.sleep(0.1)
    said = log.read_text(errors="replace")
    kind = PortTaken if _TAKEN in said.casefold() else RuntimeError
    raise kind(f"{subject.label} did not start: {said[-2000:]}")


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the server, and what it leaves behind: thumbor's processes outlive the one that started them."""
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(_WAIT_S)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
