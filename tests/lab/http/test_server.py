"""The HTTP server behind the gateway and the Invoke API, with a handler that echoes."""

from __future__ import annotations

import http.client
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
    return Response(status=200, headers=(("X-Method", request.method), ("X-Query", request.query)), body=request.body)


@pytest.fixture
def listener() -> Iterator[Listener]:
    listener = serve(echo, port=0, body_limit=LIMIT, too_large=lambda: json_response(413, {"message": "too large"}))
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
    assert (response.status, response.read()) == (413, b'{"message":"too large"}')


def test_a_body_of_the_limit_passes(connection: http.client.HTTPConnection) -> None:
    connection.request("POST", "/x", body=bytes(LIMIT))
    assert len(connection.getresponse().read()) == LIMIT


def test_100_continue_comes_before_the_body(listener: Listener) -> None:
    with socket.create_connection(("127.0.0.1", listener.port), timeout=20) as client:
        client.sendall(b"POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
        assert client.recv(1024).startswith(b"HTTP/1.1 100 Continue")
        client.sendall(b"ok")
        assert client.recv(1024).startswith(b"HTTP/1.1 200")


def test_a_taken_port_is_a_setup_error(listener: Listener) -> None:
    with pytest.raises(SetupError, match=f"port {listener.port} cannot be used: Address already in use"):
        serve(echo, port=listener.port, body_limit=LIMIT, too_large=lambda: Response(status=413))
