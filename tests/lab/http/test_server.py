"""The HTTP server behind the gateway and the Invoke API, with a handler that echoes."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Iterator

import pytest

from lab.errors import SetupError
from lab.http.server import Request, Response, json_response, serve
from lab.http.sockets import Listener

LIMIT = 1000


def echo(request: Request) -> Response:
    if request.path == "/nothing":
        return Response(status=204)
    if request.path == "/headers":
        return json_response(200, request.headers)
    return Response(status=200, headers=(("X-Method", request.method), ("X-Query", request.query)), body=request.body)


@pytest.fixture
def listener() -> Iterator[Listener]:
    listener = serve(echo, port=0, body_limit=LIMIT, refuse=lambda status: json_response(status, {"refused": status}))
    yield listener
    listener.close()


@pytest.fixture
def connection(listener: Listener) -> Iterator[http.client.HTTPConnection]:
    connection = http.client.HTTPConnection("127.0.0.1", listener.port, timeout=20)
    yield connection
    connection.close()


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_every_method_reaches_the_handler(connection: http.client.HTTPConnection, method: str) -> None:
    connection.request(method, "/x?a=%20b", body=b"body")
    response = connection.getresponse()
    assert (response.headers["X-Method"], response.headers["X-Query"], response.read()) == (method, "a=%20b", b"body")


def test_head_has_the_length_but_no_body(connection: http.client.HTTPConnection) -> None:
    connection.request("HEAD", "/x", body=b"body")
    response = connection.getresponse()
    assert (response.headers["Content-Length"], response.read()) == ("4", b"")


def test_a_204_has_no_length(connection: http.client.HTTPConnection) -> None:
    connection.request("GET", "/nothing")
    response = connection.getresponse()
    assert (response.status, response.headers["Content-Length"], response.read()) == (204, None, b"")


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_above_the_limit_is_refused(connection: http.client.HTTPConnection, chunked: bool) -> None:
    body = bytes(LIMIT + 1)
    connection.request("POST", "/x", body=iter([body]) if chunked else body, encode_chunked=chunked)
    response = connection.getresponse()
    assert (response.status, response.read()) == (413, b'{"refused":413}')


def test_a_body_of_the_limit_passes(connection: http.client.HTTPConnection) -> None:
    connection.request("POST", "/x", body=bytes(LIMIT))
    assert len(connection.getresponse().read()) == LIMIT


def test_100_continue_comes_before_the_body(listener: Listener) -> None:
    with socket.create_connection(("127.0.0.1", listener.port), timeout=20) as client:
        client.sendall(b"POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
        assert client.recv(1024).startswith(b"HTTP/1.1 100 Continue")
        client.sendall(b"ok")
        assert client.recv(1024).startswith(b"HTTP/1.1 200")


def exchange(listener: Listener, *parts: bytes) -> tuple[bytes, bytes]:
    """Send bytes, whole or until nobody reads them, and return head and body of the answer."""
    with socket.create_connection(("127.0.0.1", listener.port), timeout=20) as client:
        for part in parts:
            client.sendall(part)
        # makefile reads to the end: the server closes what it refuses
        head, _, body = client.makefile("rb").read().partition(b"\r\n\r\n")
    return head, body


HEADS = {
    "many": [f"X-{number}: {number}" for number in range(500)],
    "long": [f"X-Long: {'x' * 200_000}"],
    "folded": ["X-Folded: a", " b"],
    "none": [],
}


@pytest.mark.parametrize("head", HEADS)
def test_headers_have_no_limit_but_the_handler_s(listener: Listener, head: str) -> None:
    lines = ["GET /headers HTTP/1.1", *HEADS[head], "connection: close", "", ""]
    top, body = exchange(listener, "\r\n".join(lines).encode())
    assert top.startswith(b"HTTP/1.1 200 ")
    received = [f"{name}: {value}" for name, value in json.loads(body)]
    assert "\r\n".join(received).split("\r\n") == [*HEADS[head], "connection: close"]


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        pytest.param([b"GET /x HTTP/1.1\r\n", *[b"X-Long: " + bytes(10_000) + b"\r\n"] * 300], 431, id="head"),
        pytest.param([b"GET /", b"x" * 300_000, b" HTTP/1.1\r\n\r\n"], 431, id="request line"),
        pytest.param([b"\x16\x03\x01 this is TLS\r\n"], 400, id="no request"),
        pytest.param([b"GET /x HTTP/9.1\r\n\r\n"], 505, id="version"),
        pytest.param([b"BREW /x HTTP/1.1\r\n\r\n"], 501, id="method"),
    ],
)
def test_what_is_no_request_is_refused_like_the_rest(
    listener: Listener, request_bytes: list[bytes], status: int
) -> None:
    top, body = exchange(listener, *request_bytes)
    assert top.startswith(b"HTTP/1.1 %d " % status)
    assert b"\r\nConnection: close" in top
    assert json.loads(body) == {"refused": status}


def test_a_taken_port_is_a_setup_error(listener: Listener) -> None:
    with pytest.raises(SetupError, match=f"port {listener.port} cannot be used: Address already in use"):
        serve(echo, port=listener.port, body_limit=LIMIT, refuse=lambda status: Response(status=status))
