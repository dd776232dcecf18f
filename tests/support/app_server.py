"""Runs the app as a real process, under ``flask run``, ``make serve`` or gunicorn, on a port of 127.0.0.1."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import IO

import msgspec

from measurement.processes import free_port

ROOT = Path(__file__).parent.parent.parent
BIN = Path(sys.executable).parent
WAIT_S = 30

Command = Callable[[int], list[str]]


class Server(msgspec.Struct, frozen=True):
    """A running server: its main process, its port, and the file with its output."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path

    @property
    def host(self) -> str:
        """Return host and port, as in a URL."""
        return f"localhost:{self.port}"

    def children(self) -> list[int]:
        """Return the process ids of its workers."""
        path = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(text) for text in path.read_text().split()]


def flask_run(port: int) -> list[str]:
    """Return the command of ``make run``."""
    return [str(BIN / "flask"), "run", "--host", "127.0.0.1", "--port", str(port)]


def serve(port: int, *options: str) -> list[str]:
    """Return the command of ``make serve``, here always with two processes."""
    return [sys.executable, "-m", "serve", "--port", str(port), "--workers", "2", *options]


def gunicorn(port: int) -> list[str]:
    """Return the command of a common server that hands requests on before they are complete."""
    options = ["--bind", f"127.0.0.1:{port}", "--workers", "1", "--threads", "8", "--timeout", "60"]
    return [str(BIN / "gunicorn"), *options, "wsgi:app"]


@contextmanager
def running(command: Command, directory: Path, **settings: str) -> Iterator[Server]:
    """Start the server from the repository, wait until it answers, and stop it at the end."""
    port, log = free_port(), directory / "log"
    environ = {name: value for name, value in os.environ.items() if not name.startswith("MONOLAMBDA_")}
    environ |= {"MONOLAMBDA_STORAGE": str(directory / "storage"), "TMPDIR": str(directory), **settings}
    with log.open("wb") as output, _started(command(port), environ, output) as process:
        _wait_until_ready(process, port, log)
        yield Server(process, port, log)


@contextmanager
def _started(command: list[str], environ: dict[str, str], output: IO[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(command, cwd=ROOT, env=environ, stdout=output, stderr=output) as process:
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(WAIT_S)
            except subprocess.TimeoutExpired:
                process.kill()


def _wait_until_ready(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    end = time.monotonic() + WAIT_S
    while time.monotonic() < end and process.poll() is None:
        connection = HTTPConnection("127.0.0.1", port, timeout=WAIT_S)
        try:
            connection.request("GET", "/healthz")
            if connection.getresponse().status == 200:
                return
        except ConnectionError:
            time.sleep(0.05)
        finally:
            connection.close()
    raise AssertionError(f"the server did not start: {log.read_text()}")
