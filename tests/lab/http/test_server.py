"""The HTTP server behind the gateway and the Invoke API, with a handler that echoes."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Iterator
from urllib.parse import unquote

import pytest

from lab.errors import SetupError
from lab.http.server import Request, Response, json_response, serve
from lab.http.sockets import Listener
from tests.support.lab.gateway_shapes import raw

LIMIT = 1000


def echo(request: Request) -> Response:
    if request.path == "/nothing":
        return Response(status=204, body=b"HTTP/1.1 200 OK")
    if request.path == "/bug":
        raise RuntimeError("a bug")
    if request.path == "/split":
        return Response(status=200, headers=((unquote(request.query), "a"),))
    if request.path == "/framed":
        return Response(status=200, headers=(("Content-Length", "1"), ("Transfer-Encoding", "chunked")), body=b"body")
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


def test_a_204_has_neither_length_nor_body(connection: http.client.HTTPConnection) -> None:
    connection.request("GET", "/nothing")
    response = connection.getresponse()
    assert (response.status, response.headers["Content-Length"], response.read()) == (204, None, b"")
    connection.request("GET", "/x", body=b"next")
    assert connection.getresponse().read() == b"next"


def test_a_handler_does_not_decide_where_its_response_ends(connection: http.client.HTTPConnection) -> None:
    connection.request("GET", "/framed")
    response = connection.getresponse()
    assert (response.headers["Content-Length"], response.headers["Transfer-Encoding"]) == ("4", None)
    assert response.read() == b"body"


@pytest.mark.parametrize("path", ["/bug", "/split?X%0D%0AX-Injected", "/split?", "/split?%E2%82%AC"])
def test_every_request_is_answered_whatever_the_handler_does(
    connection: http.client.HTTPConnection, path: str, capfd: pytest.CaptureFixture[str]
) -> None:
    connection.request("GET", path)
    response = connection.getresponse()
    assert (response.status, response.headers["X-Injected"], response.read()) == (500, None, b'{"refused":500}')
    assert "Traceback" in capfd.readouterr().err
    connection.request("GET", "/x", body=b"next")
    assert connection.getresponse().read() == b"next"


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


MANY = [f"X-{number}: {number}" for number in range(500)]
LONG = [f"X-Long: {'x' * 200_000}"]


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (MANY, MANY),
        (LONG, LONG),
        (["X-Folded: a", " b"], ["X-Folded: a b"]),
        (["X-Spaces: \t a\t "], ["X-Spaces: a"]),
        ([], []),
    ],
    ids=["many", "long", "folded", "spaces", "none"],
)
def test_headers_have_no_limit_but_the_handler_s(listener: Listener, head: list[str], expected: list[str]) -> None:
    lines = ["GET /headers HTTP/1.1", *head, "connection: close", "", ""]
    top, body = raw(listener.port, "\r\n".join(lines).encode())
    assert top.startswith(b"HTTP/1.1 200 ")
    assert [f"{name}: {value}" for name, value in json.loads(body)] == [*expected, "connection: close"]


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
    top, body = raw(listener.port, *request_bytes)
    assert top.startswith(b"HTTP/1.1 %d " % status)
    assert b"\r\nConnection: close" in top
    assert json.loads(body) == {"refused": status}


HUGE = b"9" * 5000
# the body of each would be read in one way here, and in another by what may stand before this server
UNCLEAR = {
    "negative length": b"Content-Length: -5\r\n\r\nhello",
    "signed length": b"Content-Length: +5\r\n\r\nhello",
    "length in words": b"Content-Length: abc\r\n\r\nhello",
    "no length": b"Content-Length:\r\n\r\nhello",
    "list of lengths": b"Content-Length: 5, 5\r\n\r\nhello",
    "two lengths": b"Content-Length: 5\r\nContent-Length: 0\r\n\r\nhello",
    "two hosts": b"Host: a\r\nHost: b\r\n\r\n",
    "the same length twice": b"Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
    "length and chunks": b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "unknown coding": b"Transfer-Encoding: gzip\r\n\r\nhello",
    "two codings": b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "chunked twice": b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "space before a colon": b"Content-Length : 5\r\n\r\nhello",
    "line without a colon": b"X\r\nContent-Length: 5\r\n\r\nhello",
    "name that is none": b"X(Y): a\r\n\r\n",
    "fold of nothing": b" a\r\n\r\n",
    "bare CR": b"X: a\rContent-Length: 5\r\n\r\nhello",
    "NUL": b"X: a\0b\r\n\r\n",
}
BAD_CHUNKS = {
    "no number": b"5\r\nhello\r\nzz\r\n",
    "negative": b"-1\r\nhello",
    "signed": b"+5\r\nhello\r\n0\r\n\r\n",
    "prefixed": b"0x5\r\nhello\r\n0\r\n\r\n",
    "underscored": b"0_5\r\nhello\r\n0\r\n\r\n",
    "empty": b"\r\nhello\r\n0\r\n\r\n",
    "longer than said": b"3\r\nhello\r\n0\r\n\r\n",
    "line feed alone": b"5\nhello\r\n0\r\n\r\n",
    "extension without an end": b"5;" + b"x" * 5000 + b"\r\nhello\r\n0\r\n\r\n",
    "trailer that is none": b"0\r\nGET /x HTTP/1.1\r\n\r\n",
}


@pytest.mark.parametrize(
    "rest",
    [*UNCLEAR.values(), *(b"Transfer-Encoding: chunked\r\n\r\n" + chunks for chunks in BAD_CHUNKS.values())],
    ids=[*UNCLEAR, *(f"chunk: {name}" for name in BAD_CHUNKS)],
)
def test_a_request_without_a_clear_end_is_refused_and_nothing_after_it_is_read(listener: Listener, rest: bytes) -> None:
    smuggled = b"GET /x HTTP/1.1\r\n\r\n"
    top, body = raw(listener.port, b"POST /x HTTP/1.1\r\n" + rest + smuggled)
    assert top.startswith(b"HTTP/1.1 400 ")
    assert b"\r\nConnection: close" in top
    assert json.loads(body) == {"refused": 400}


def test_chunks_are_no_part_of_http_1_0(listener: Listener) -> None:
    top, _ = raw(listener.port, b"POST /x HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
    assert top.startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize(
    "rest",
    [
        pytest.param(b"Transfer-Encoding: chunked\r\n\r\n" + size + b"\r\n", id=f"chunk of {name}")
        for name, size in {"1 GB": b"40000000", "256 TB": b"FFFFFFFFFFFF", "more": b"F" * 900}.items()
    ]
    + [
        pytest.param(b"Transfer-Encoding: chunked\r\n\r\n3e8\r\n" + bytes(1000) + b"\r\n1\r\n", id="second chunk"),
        pytest.param(b"Content-Length: " + HUGE + b"\r\n\r\n", id="length of 5,000 digits"),
    ],
)
def test_a_body_above_the_limit_is_refused_before_it_is_read(listener: Listener, rest: bytes) -> None:
    top, body = raw(listener.port, b"POST /x HTTP/1.1\r\n" + rest)
    assert top.startswith(b"HTTP/1.1 413 ")
    assert json.loads(body) == {"refused": 413}


def test_zeros_before_a_number_do_not_count(listener: Listener) -> None:
    chunked = b"Transfer-Encoding: Chunked\r\n\r\n" + b"0" * 900 + b'5 ;name="a"\r\nhello\r\n0\r\nX-Trailer: a\r\n\r\n'
    for rest in (chunked, b"Content-Length: " + b"0" * 5000 + b"5\r\n\r\nhello"):
        top, body = raw(listener.port, b"POST /x HTTP/1.1\r\nConnection: close\r\n" + rest)
        assert (top.split(b"\r\n")[0], body) == (b"HTTP/1.1 200 OK", b"hello")


CHUNKED = b"POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    "begun",
    [
        b"POST /x HTTP/1.1\r\nContent-Length: 500\r\n\r\nhello",
        CHUNKED,
        CHUNKED + b"1f",
        CHUNKED + b"1f4\r\nhello",
        CHUNKED + b"5\r\nhello",
        CHUNKED + b"5\r\nhello\r\n",
        CHUNKED + b"5\r\nhello\r\n0\r\n",
        CHUNKED + b"5\r\nhello\r\n0\r\nX-Trailer: a",
        b"GET /x HTTP/1.1",
        b"GET /x HTTP/1.1\r\n",
        b"GET /x HTTP/1.1\r\nHost: x",
        b"GET /x HTTP/1.1\r\nHost: x\r\n",
    ],
)
def test_a_request_that_ends_early_is_not_run(listener: Listener, begun: bytes) -> None:
    assert raw(listener.port, begun, ends=True) == (b"", b"")


def test_a_taken_port_is_a_setup_error(listener: Listener) -> None:
    with pytest.raises(SetupError, match=f"port {listener.port} cannot be used: Address already in use"):
        serve(echo, port=listener.port, body_limit=LIMIT, refuse=lambda status: Response(status=status))
