"""What the app under the server is given, and what becomes of what it returns."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from tests.serve.test_protocol import connect, rest
from tests.support.asgi_server import served


def length(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Answer with the length that was announced, and the one that there was."""
    start_response("200 OK", [("X-Announced", environ["CONTENT_LENGTH"])])
    return [b"%d" % len(environ["wsgi.input"].read())]


@pytest.mark.parametrize(("size", "announced", "read"), [(1000, "1000", "1000"), (1001, "1001", "0"), (0, "0", "0")])
def test_a_body_that_is_too_large_for_any_route_is_announced_and_not_read(size: int, announced: str, read: str) -> None:
    with served(length, max_body_bytes=1000) as server:
        connection = HTTPConnection("127.0.0.1", server.port, timeout=30)
        connection.request("POST", "/", bytes(size))
        answer = connection.getresponse()
        assert (answer.getheader("X-Announced"), answer.read().decode()) == (announced, read)
        connection.close()


def test_a_body_that_finds_no_room_is_answered_with_503(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """There is none in memory, and the directory for temporary files is no directory."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    with served(length, memory_bytes=1000) as server:
        connection = HTTPConnection("127.0.0.1", server.port, timeout=30)
        for size, status in ((1000, 200), (1001, 503), (1000, 200)):
            connection.request("POST", "/", bytes(size))
            answer = connection.getresponse()
            assert (answer.status, answer.read() == b"%d" % size) == (status, status == 200)
            assert (answer.getheader("Retry-After") is None) == (status == 200)
        connection.close()


def test_a_chunked_body_that_grows_too_large_is_not_read_further() -> None:
    request = b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n" + 20 * (
        b"64\r\n" + bytes(100) + b"\r\n"
    )
    with served(length, max_body_bytes=1000, linger_s=0.2) as server, connect(server, request) as sock:
        head, _, _ = sock.recv(65536).partition(b"\r\n\r\n")
        announced = next(line for line in head.split(b"\r\n") if line.startswith(b"x-announced: "))
        assert 1000 < int(announced.partition(b": ")[2]) <= 2000


def test_whoever_leaves_before_the_end_takes_no_thread() -> None:
    called = []

    def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        called.append(environ["REQUEST_METHOD"])
        return length(environ, start_response)

    request = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900\r\n\r\nabc"
    with served(app) as server:
        connect(server, request).close()
        with connect(server, b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n") as sock:
            assert b"200 OK" in rest(sock)
    assert called == ["GET"]


def test_what_the_app_returns_is_closed() -> None:
    closed = []

    class Blocks:
        def __iter__(self) -> Any:
            return iter([b"a", b"bc"])

        def close(self) -> None:
            closed.append(True)

    def app(environ: dict[str, Any], start_response: Any) -> Any:
        start_response("201 Created", [("X-Name", "é")])
        return Blocks()

    with served(app) as server, connect(server, b"GET / HTTP/1.0\r\n\r\n") as sock:
        answer = rest(sock)
    assert answer.startswith(b"HTTP/1.1 201 Created")
    assert b"x-name: \xe9" in answer
    assert b"content-length: 3" in answer
    assert answer.endswith(b"\r\n\r\nabc")
    assert closed == [True]


def test_an_answer_has_one_date() -> None:
    def dated(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        start_response("200 OK", [("Date", "Sat, 01 Jan 2000 00:00:00 GMT")])
        return [b""]

    with served(dated) as server:
        connection = HTTPConnection("127.0.0.1", server.port, timeout=30)
        connection.request("GET", "/")
        dates = connection.getresponse().headers.get_all("Date") or []
        assert len(dates) == 1
        assert "2000" not in dates[0]
        connection.close()


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"GET / HTTP/1.1\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: other\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\n", b"200"),
        (b"GET / HTTP/1.0\r\n", b"200"),
    ],
)
def test_http_1_1_has_one_host(head: bytes, status: bytes) -> None:
    """RFC 9112, section 3.2."""
    with served(length) as server, connect(server, head + b"Connection: close\r\n\r\n") as sock:
        answer = rest(sock)
    assert answer.split(b" ", 2)[1] == status
    assert (b'"parameter":"Host"' in answer) == (status == b"400")
