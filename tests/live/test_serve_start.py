"""``make serve`` with settings, options or an address that cannot be used."""

from __future__ import annotations

import os
import socket
import subprocess
from pathlib import Path

import pytest

from measurement.processes import free_port
from tests.support.app_server import ROOT, WAIT_S, serve


@pytest.mark.parametrize(
    "settings",
    [{"MONOLAMBDA_RATE_BURST": "none"}, {"MONOLAMBDA_API_KEYS": "no hash"}, {"MONOLAMBDA_STORAGE": "ftp://x"}],
)
def test_settings_that_cannot_be_used_end_it_with_one_line(settings: dict[str, str], tmp_path: Path) -> None:
    done = serve_in_vain(**{"MONOLAMBDA_STORAGE": str(tmp_path), **settings})
    assert done.returncode != 0
    (name,) = settings
    assert name in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("option", "value", "expected"),
    [
        ("--port", "99999", "0 to 65535"),
        ("--port", "http", "0 to 65535"),
        ("--threads", "0", "1 to 1000"),
        ("--workers", "-1", "1 to 1000"),
        ("--workers", "9" * 5000, "1 to 1000"),
    ],
)
def test_a_number_that_cannot_be_used_is_named_with_what_was_expected(option: str, value: str, expected: str) -> None:
    done = serve_in_vain(f"{option}={value}")
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith(
        f"python -m serve: error: argument {option}: expected a whole number from {expected}, received"
    )
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("host", ["127.0.0.1", "192.0.2.1", 64 * "a"])
def test_an_address_that_cannot_be_listened_on_is_named_in_one_line(host: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = serve_in_vain(f"--host={host}", f"--port={port}")
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"Monolambda cannot listen on --host {host} --port {port}: ")


def serve_in_vain(*options: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run a server that ends by itself."""
    return subprocess.run(
        serve(free_port(), *options),
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **settings},
        capture_output=True,
        text=True,
        timeout=WAIT_S,
        check=False,
    )
