"""What a slow, greedy or hostile client gets, over real sockets, with limits that are short here."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterable
from contextlib import ExitStack, suppress
from typing import Any

import pytest

from tests.support.asgi_server import Served, served

LARGE = b"x" * 8_000_000
GET = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
# no test waits for so long: what does not end by itself fails
PATIENCE_S = 30


def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Answer with the body's size, or with much."""
    body = LARGE if environ["PATH_INFO"] == "/large" else str(len(environ["wsgi.input"].read())).encode()
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]


def connect(server: Served, request: bytes = b"") -> socket.socket:
    sock = socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE_S)
    sock.sendall(request)
    return sock


def rest(sock: socket.socket) -> bytes:
    """Return everything until the server closes the connection."""
    received = b""
    while block := sock.recv(65536):
        received += block
    return received


def answer(sock: socket.socket, body: bytes = b"0") -> bytes:
    """Return an answer with this body on a connection that stays open; head and body may come apart."""
    received = b""
    while not received.endswith(b"\r\n\r\n" + body):
        block = sock.recv(65536)
        assert block, received
        received += block
    return received


def drip(sock: socket.socket, until: bytes = b"") -> bytes:
    """Send a byte every tenth of a second until the server closes or resets; return what it had said."""
    received = b""
    sock.settimeout(0.1)
    for _ in range(10 * PATIENCE_S):
        try:
            sock.sendall(b"x")
            block = sock.recv(65536)
        except TimeoutError:
            continue
        except ConnectionError:
            return received
        received += block
        if not block:
            return received
    raise AssertionError("the server never ended it")


@pytest.mark.parametrize("begin", [b"GET /", b"GET / HTTP/1.1\r\nHost: localhost\r\nX: "])
def test_headers_that_never_end_are_refused_however_often_a_byte_comes(begin: bytes) -> None:
    with served(app, header_s=0.5) as server, connect(server, begin) as sock:
        assert drip(sock).startswith(b"HTTP/1.1 408 ")


def test_the_second_request_of_a_connection_has_no_more_time_than_the_first() -> None:
    with served(app, header_s=0.5) as server, connect(server, GET) as sock:
        assert b"200 OK" in answer(sock)
        sock.sendall(b"GET / HTTP/1.1\r\nX: ")
        assert drip(sock).startswith(b"HTTP/1.1 408 ")


def test_a_connection_may_rest_between_requests_for_longer_than_headers_may_take() -> None:
    with served(app, header_s=0.3) as server, connect(server, GET) as sock:
        assert b"200 OK" in answer(sock)
        time.sleep(0.8)
        sock.sendall(GET)
        assert b"200 OK" in answer(sock)


def test_a_connection_on_which_nothing_is_asked_is_closed_without_a_word() -> None:
    with served(app, header_s=0.3) as server, connect(server) as sock:
        assert rest(sock) == b""


def test_a_body_that_drips_is_refused_when_its_time_is_over() -> None:
    request = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n"
    with served(app, body_s=0.5, linger_s=0.5) as server, connect(server, request) as sock:
        answer = drip(sock)
        assert answer.startswith(b"HTTP/1.1 408 ")
        assert b'"code":"request_timeout"' in answer
        assert b"\r\ncache-control: no-store\r\n" in answer.lower()


def test_what_follows_a_refusal_is_read_for_a_limited_time() -> None:
    request = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5000000\r\n\r\n"
    with served(app, linger_s=0.5) as server, connect(server, request) as sock:
        assert b"200 OK" in drip(sock)  # this app refuses nothing, but was not given the body either


@pytest.mark.parametrize("asked", [1, 3])
def test_a_client_that_has_closed_its_side_is_answered(asked: int) -> None:
    """As ``nc -N`` does."""
    with served(app) as server, connect(server, GET * asked) as sock:
        sock.shutdown(socket.SHUT_WR)
        assert rest(sock).count(b"\r\n\r\n0") == asked


@pytest.mark.parametrize("cut", [b"", GET[:-2], b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhell"])
def test_what_is_cut_by_closing_is_not_answered(cut: bytes) -> None:
    with served(app) as server, connect(server, cut) as sock:
        sock.shutdown(socket.SHUT_WR)
        assert rest(sock) == b""


def test_a_client_that_does_not_take_its_answer_is_cut_off() -> None:
    with served(app, answer_s=0.5) as server, connect(server) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sock.sendall(b"GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n")
        with connect(server, GET) as other:
            assert b"200 OK" in other.recv(65536)
        drip(sock)  # until it is reset


def test_headers_have_a_size() -> None:
    with served(app, header_bytes=4096) as server:
        with connect(server, b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 3000 + b"\r\n\r\n") as sock:
            assert b"200 OK" in answer(sock)
        with connect(server, b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 5000) as sock:
            assert rest(sock).startswith(b"HTTP/1.1 431 ")


def test_pipelined_requests_are_answered_in_turn() -> None:
    post = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello"
    last = GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    with served(app) as server, connect(server, post + GET + last) as sock:
        assert [part.rpartition(b"\r\n\r\n")[2] for part in rest(sock).split(b"HTTP/1.1 200 OK")[1:]] == [
            b"5",
            b"0",
            b"0",
        ]


def test_two_hundred_slow_clients_of_every_kind_keep_nobody_from_being_answered() -> None:
    post = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: "
    kinds = [b"", b"GET / HT", b"GET / HTTP/1.1\r\nX: ", post + b"900000\r\n\r\nx", post + b"5000000\r\n\r\nx"]
    with ExitStack() as stack:
        server = stack.enter_context(served(app, threads=2))
        slow = [stack.enter_context(connect(server, kinds[number % 5])) for number in range(200)]
        for _ in range(20):
            with connect(server, GET) as sock:
                assert b"200 OK" in answer(sock)
        assert len(slow) == 200


def test_beyond_the_limit_of_connections_the_answer_is_503() -> None:
    with ExitStack() as stack:
        server = stack.enter_context(served(app, connections=5))
        for _ in range(4):
            stack.enter_context(connect(server, b"GET /"))
        sock = stack.enter_context(connect(server, GET))
        assert b" 503 " in sock.recv(65536)


def test_answers_that_nobody_takes_are_counted() -> None:
    """Each of 40 clients that did not read held 31 MB."""
    size = 5 * len(LARGE)  # the kernels of both sides take a fifth of it

    def great(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Length", str(size))])
        return [bytes(size)]

    with served(great, unsent_bytes=size) as server, ExitStack() as stack:
        waiting = [stack.enter_context(connect(server, GET)) for _ in range(3)]
        for sock in waiting:
            assert sock.recv(16) == b"HTTP/1.1 200 OK\r"
        assert len(drained(waiting[-1])) < size / 2
        for sock in waiting:
            sock.close()
        # what was taken, or given up, counts no longer
        for _ in range(3):
            with connect(server, GET[:-2] + b"Connection: close\r\n\r\n") as sock:
                assert len(drained(sock)) > size


def drained(sock: socket.socket) -> bytes:
    """Return what arrives until the server closes or resets the connection."""
    received = bytearray()
    with suppress(ConnectionError):
        while block := sock.recv(1 << 20):
            received += block
    return bytes(received)


def test_requests_that_are_sent_ahead_are_answered_in_turn() -> None:
    with served(app) as server, connect(server, GET * 20) as sock:
        received = b""
        while received.count(b"\r\n\r\n0") < 20:
            received += sock.recv(65536)
        assert received.count(b"200 OK") == 20


def test_a_connection_on_which_too_much_is_asked_ahead_is_ended() -> None:
    """Each waited in memory, and each answer let in thousands more."""
    with served(app) as server, connect(server) as sock:
        with pytest.raises(ConnectionError):
            sock.sendall(GET * 1_000_000)
        with connect(server, GET) as other:
            assert b"200 OK" in answer(other)
