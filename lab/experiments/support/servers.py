"""Runs the app, or a small function, under a common WSGI server in a process of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Final

from lab.containers.guardian import Guardian
from lab.containers.isolation import in_thread
from lab.experiments.support.http_client import request

_TIMEOUT_S: Final = 60.0
_CHECK_S: Final = 0.02
_BIN: Final = Path(sys.executable).parent


def flask_run(app: str, port: int) -> list[str]:
    """Return the command of Flask's development server."""
    return [str(_BIN / "flask"), "--app", app, "run", "--host", "127.0.0.1", "--port", str(port)]


def gunicorn(app: str, port: int) -> list[str]:
    """Return the command of gunicorn with eight threads, and connections kept between our turns."""
    options = ["--bind", f"127.0.0.1:{port}", "--workers", "1", "--threads", "8", "--timeout", "60"]
    return [str(_BIN / "gunicorn"), *options, "--keep-alive", "300", app]


@contextmanager
def serving(command: list[str], port: int, environment: Mapping[str, str], directory: Path) -> Iterator[str]:
    """Start a server, yield its URL once /healthz responds, and end it; raise RuntimeError when it does not start.

    A guardian ends it when this process is killed.
    """
    log = directory / f"server-{port}.log"
    variables = {"TMPDIR": tempfile.gettempdir(), **environment}
    with log.open("wb") as output, closing(Guardian()) as guardian:

        def start() -> subprocess.Popen[bytes]:
            process = subprocess.Popen(  # noqa: S603
                command, cwd=directory, env=variables, stdout=output, stderr=output, start_new_session=True
            )
            guardian.watch(process.pid)
            return process

        # in a thread, because a signal may interrupt the main one before it knows of the process
        process = in_thread(start)
        try:
            _wait(process, port, log)
            yield f"http://127.0.0.1:{port}"
        finally:
            _end(process, guardian)


def _end(process: subprocess.Popen[bytes], guardian: Guardian) -> None:
    """Let a server end, and then whatever it has started and left behind."""
    process.terminate()
    end = time.monotonic() + _TIMEOUT_S
    # without reaping, so that the id of its group cannot be another's yet
    while not os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG) and time.monotonic() < end:
        time.sleep(_CHECK_S)
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    guardian.forget(process.pid)
    process.wait()


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    end = time.monotonic() + _TIMEOUT_S
    while time.monotonic() < end and process.poll() is None:
        try:
            if request(f"http://127.0.0.1:{port}/healthz").status == 200:
                return
        except ConnectionError:
            time.sleep(_CHECK_S)
    raise RuntimeError(f"the server did not start: {log.read_text(errors='replace')[-500:]}")
