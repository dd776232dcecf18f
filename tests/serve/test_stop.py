"""A server that stops answers what has begun, and what was on its way."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from tests.serve.test_protocol import GET, answer, connect, rest
from tests.support.asgi_server import served


class Gate:
    """An app whose answers wait until ``gate`` opens."""

    def __init__(self) -> None:
        self.begun = threading.Semaphore(0)
        self.gate = threading.Event()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        self.begun.release()
        self.gate.wait(30)
        start_response("200 OK", [("Content-Length", "2")])
        return [b"ok"]


def refused(port: int) -> bool:
    """Return whether nobody listens any more."""
    # reset: the connection had reached the system, but not yet the server
    with (
        suppress(ConnectionRefusedError, ConnectionResetError),
        socket.create_connection(("127.0.0.1", port), timeout=5),
    ):
        return False
    return True


def wait_until_refused(port: int) -> None:
    for _ in range(1000):
        if refused(port):
            return
        time.sleep(0.01)  # the server looks ten times a second whether it should stop
    raise AssertionError("the server still accepts connections")


def test_requests_that_run_wait_or_arrive_are_all_answered() -> None:
    app = Gate()
    closed: list[int] = []
    post = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n"
    with served(app, threads=2, stop_s=30.0, close=lambda: closed.append(1)) as server:
        running = [connect(server, GET) for _ in range(6)]
        arriving = connect(server, post)
        assert b"100 Continue" in arriving.recv(65536)
        for _ in range(2):
            assert app.begun.acquire(timeout=30)
        server.stop()
        wait_until_refused(server.port)
        assert not closed
        arriving.sendall(b"abc")
        app.gate.set()
        answers = [rest(sock) for sock in (*running, arriving)]
        for sock in (*running, arriving):
            sock.close()
    assert [each[:15] for each in answers] == [b"HTTP/1.1 200 OK"] * 7
    assert all(b"connection: close" in each for each in answers)
    assert closed == [1]


def test_a_request_on_its_way_over_a_resting_connection_is_answered() -> None:
    app = Gate()
    app.gate.set()
    with served(app, stop_s=30.0) as server, connect(server, GET) as sock:
        assert b"200 OK" in answer(sock, b"ok")
        server.stop()
        wait_until_refused(server.port)
        sock.sendall(GET)
        last = rest(sock)
    assert last.startswith(b"HTTP/1.1 200 OK")
    assert b"connection: close" in last


def test_resting_connections_do_not_keep_a_server_from_stopping() -> None:
    app = Gate()
    app.gate.set()
    with served(app, stop_s=0.1) as server, connect(server, GET) as sock:
        assert b"200 OK" in answer(sock, b"ok")
        server.stop()
        assert rest(sock) == b""
