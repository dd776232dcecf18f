"""Real processes: the app as ``flask run`` and as gunicorn serve it, on a port of this machine."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import IO

import msgspec
import pytest

from tests.support import drawing

ROOT = Path(__file__).parent.parent.parent
BIN = Path(sys.executable).parent
WAIT_S = 30


class Server(msgspec.Struct, frozen=True):
    """A running server: its first process, its port, and where it writes what it has to say."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path

    @property
    def host(self) -> str:
        """Return host and port as curl takes them."""
        return f"localhost:{self.port}"

    def children(self) -> list[int]:
        """Return the process ids of its workers."""
        path = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(text) for text in path.read_text().split()]


Start = Callable[..., Server]


def free_port() -> int:
    """Return a port that nothing listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


def flask_run(port: int) -> list[str]:
    """Return the command of ``make run``."""
    return [str(BIN / "flask"), "run", "--host", "127.0.0.1", "--port", str(port)]


def gunicorn(port: int) -> list[str]:
    """Return the command of ``make serve``."""
    options = ["--bind", f"127.0.0.1:{port}", "--workers", "1", "--threads", "8", "--timeout", "60"]
    return [str(BIN / "gunicorn"), *options, "wsgi:app"]


@contextmanager
def running(command: Callable[[int], list[str]], directory: Path, **settings: str) -> Iterator[Server]:
    """Start the server from the repository, wait until it answers, and stop it in the end."""
    port, log = free_port(), directory / "log"
    environ = {name: value for name, value in os.environ.items() if not name.startswith("MONOLAMBDA_")}
    environ |= {"MONOLAMBDA_STORAGE": str(directory / "storage"), **settings}
    with log.open("wb") as output, _started(command(port), environ, output) as process:
        _wait(process, port, log)
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


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
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


@pytest.fixture(scope="session")
def large_photo() -> bytes:
    """A JPEG of 1200 by 900 pixels."""
    return drawing.encoded(drawing.photo(1200, 900), "JPEG", quality=85)


@pytest.fixture(scope="session", params=[flask_run, gunicorn], ids=["flask run", "gunicorn"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Each server in turn, as it comes out of the box but for loopback being a source."""
    directory = tmp_path_factory.mktemp("server")
    with running(request.param, directory, MONOLAMBDA_SOURCE_NETWORKS="127.0.0.0/8") as started:
        yield started
