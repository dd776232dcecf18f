"""Servers that find their port taken."""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from bench.server.running import running
from bench.server.subjects import ImageRequest, Subject


def subject(port_for: Callable[[int], int]) -> Subject:
    def command(port: int, folder: Path) -> Sequence[str]:
        return [sys.executable, "-m", "http.server", "--bind", "127.0.0.1", str(port_for(port))]

    return Subject(label="files", command=command, request=lambda source: ImageRequest(""), ready="/")


def test_a_server_whose_port_was_taken_gets_another() -> None:
    given: list[int] = []

    with socket.create_server(("127.0.0.1", 0)) as other:
        taken: int = other.getsockname()[1]

        def port_for(port: int) -> int:
            given.append(port)
            return taken if len(given) == 1 else port

        with running(subject(port_for)) as server:
            assert server.port == given[-1] != taken
    assert len(given) == 2


def test_a_server_that_never_finds_its_port_free_is_an_error() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as other,
        pytest.raises(RuntimeError, match="files did not start: 5 ports"),
        running(subject(lambda port: other.getsockname()[1])),
    ):
        pass


def test_another_failure_is_told_at_once() -> None:
    given: list[int] = []

    def command(port: int, folder: Path) -> Sequence[str]:
        given.append(port)
        return [sys.executable, "-c", "raise SystemExit('no such thing')"]

    broken = Subject(label="files", command=command, request=lambda source: ImageRequest(""))
    with pytest.raises(RuntimeError, match="no such thing"), running(broken):
        pass
    assert len(given) == 1
