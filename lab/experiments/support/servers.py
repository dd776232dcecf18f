"""Runs the app, or a small function, under a common WSGI server in a process of its own."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from lab.experiments.support.http_client import request

_TIMEOUT_S: Final = 60.0
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
    """Start a server, yield its URL once /healthz responds, and end it; raise RuntimeError when it does not start."""
    log = directory / f"server-{port}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603
            command, cwd=directory, env=dict(environment), stdout=output, stderr=output, start_new_session=True
        )
    try:
        _wait(process, port, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        try:
            process.wait(_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    end = time.monotonic() + _TIMEOUT_S
    while time.monotonic() < end and process.poll() is None:
        try:
            if request(f"http://127.0.0.1:{port}/healthz").status == 200:
                return
        except ConnectionError:
            time.sleep(0.05)
    raise RuntimeError(f"the server did not start: {log.read_text(errors='replace')[-500:]}")
