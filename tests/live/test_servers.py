"""What only real sockets show: bodies that are too large, malformed requests, many clients at once."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection, HTTPResponse
from io import BytesIO
from pathlib import Path
from urllib.parse import quote

import pytest
from PIL import Image

from tests.support import drawing
from tests.support.app_server import Server, running, serve

MIB = 1024 * 1024
LARGE = 11 * MIB  # the default limit of a body is 10 MiB


def send(
    server: Server, method: str, path: str, body: bytes | Iterable[bytes] = b"", **headers: str
) -> tuple[HTTPResponse, bytes]:
    """Send one request over a new connection; header names are written with underscores."""
    connection = HTTPConnection("127.0.0.1", server.port, timeout=30)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        connection.request(method, path, body, named, encode_chunked=named.get("Transfer-Encoding") == "chunked")
        answer = connection.getresponse()
        return answer, answer.read()
    finally:
        connection.close()


def send_raw(server: Server, request: bytes) -> bytes:
    """Send raw bytes and return the first bytes of the response."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as sock:
        sock.sendall(request)
        return sock.recv(65536)


def upload(server: Server, image: bytes) -> str:
    _, body = send(server, "POST", "/upload", image)
    stored: str = json.loads(body)["images"][0]["id"]
    return stored


@pytest.mark.parametrize("path", ["/upload", "/resize?w=40"])
@pytest.mark.parametrize("attempt", range(3))
def test_the_response_to_a_body_that_is_too_large_can_be_read(
    server: Server, large_photo: bytes, path: str, attempt: int
) -> None:
    """If the server closed while the client still sends, the connection would be reset and the response lost."""
    answer, body = send(server, "POST", path, large_photo + bytes(LARGE))
    assert (answer.status, json.loads(body)["code"]) == (413, "source_too_large")


def test_the_response_to_an_unauthorized_upload_can_be_read(server: Server, large_photo: bytes) -> None:
    for _ in range(3):
        answer, body = send(server, "POST", "/upload", large_photo + bytes(9 * MIB), X_Monolambda_Key="guess")
        assert (answer.status, json.loads(body)["code"]) == (401, "unauthorized")


def test_a_body_without_content_length_is_limited_too(server: Server, large_photo: bytes) -> None:
    """Nothing of it may be stored: cut off at the limit it would be another file."""
    pieces = [large_photo, *[bytes(MIB)] * 11]
    answer, body = send(server, "POST", "/upload", iter(pieces), Transfer_Encoding="chunked")
    assert (answer.status, json.loads(body).get("code")) == (413, "source_too_large")


def test_a_chunked_body_is_accepted(server: Server, large_photo: bytes) -> None:
    pieces = [large_photo[start : start + 10_000] for start in range(0, len(large_photo), 10_000)]
    answer, body = send(server, "POST", "/resize?w=40", iter(pieces), Transfer_Encoding="chunked")
    assert answer.status == 200
    assert drawing.opened(body).width == 40


@pytest.mark.parametrize("name", ["größe.jpg", "写真😀.jpg"])
def test_a_download_may_have_a_name_in_any_script(server: Server, large_photo: bytes, name: str) -> None:
    answer, body = send(server, "GET", f"/resize?id={upload(server, large_photo)}&w=40&download={quote(name)}")
    assert answer.status == 200
    assert drawing.opened(body).width == 40
    assert f"filename*=UTF-8''{quote(name)}" in (answer.getheader("Content-Disposition") or "")


@pytest.mark.parametrize(
    "request_line",
    [
        b"GET /%ff%fe?%ff=%zz&%=&&= HTTP/1.1\r\nHost: localhost",
        b"GET /resize?w=\xff\xfe HTTP/1.1\r\nHost: localhost",
        b"GET / HTTP/1.1\r\nHost: evil.example",
        b"GET /images/../../etc/passwd HTTP/1.1\r\nHost: localhost",
        b"POST /upload HTTP/1.1\r\nHost: localhost\r\nContent-Length: abc",
        b"POST /upload HTTP/1.1\r\nHost: localhost\r\nContent-Length: -5",
        b"POST /upload HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999999999999",
        b"POST /upload HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data\r\nContent-Length: 0",
        b"BREW / HTTP/1.1\r\nHost: localhost",
    ],
)
def test_a_malformed_request_is_a_client_error(server: Server, request_line: bytes) -> None:
    first = send_raw(server, request_line + b"\r\nConnection: close\r\n\r\n")
    assert first.split(b" ")[1][:1] == b"4", first[:200]


def test_head_sends_no_body(server: Server, large_photo: bytes) -> None:
    path = f"/resize?id={upload(server, large_photo)}&w=40"
    head, nothing = send(server, "HEAD", path)
    got, body = send(server, "GET", path)
    assert (nothing, head.getheader("Content-Length")) == (b"", str(len(body)))
    assert head.getheader("ETag") == got.getheader("ETag")


def test_each_request_is_logged_as_one_line_of_json(server: Server) -> None:
    answer, _ = send(server, "GET", "/status")
    lines = [line for line in server.log.read_text().splitlines() if (answer.getheader("X-Request-Id") or "-") in line]
    assert len(lines) == 1
    assert json.loads(lines[0])["route"].endswith("/status")


def test_no_traceback_is_logged(server: Server, large_photo: bytes) -> None:
    upload(server, large_photo)
    assert "Traceback" not in server.log.read_text()


def test_under_load_each_request_is_served_or_told_to_retry(tmp_path: Path) -> None:
    """Twenty large images are resized at once, and the memory of each process stays limited."""
    large = drawing.encoded(drawing.photo(4000, 3000), "JPEG", quality=85)
    with running(serve, tmp_path) as server, ThreadPoolExecutor(20) as clients:
        image_id = upload(server, large)
        paths = [f"/resize?id={image_id}&w={2000 + number}&format=png" for number in range(20)]
        answers = list(clients.map(lambda path: send(server, "GET", path), paths))
        assert 200 in {answer.status for answer, _ in answers}
        for number, (answer, body) in enumerate(answers):
            if answer.status == 200:
                assert Image.open(BytesIO(body)).width == 2000 + number
            else:
                assert (answer.status, json.loads(body)["code"]) == (429, "busy")
                assert int(answer.getheader("Retry-After") or 0) > 0
        workers = [pid for pid in server.children() if b"WEB_CONCURRENCY=2\0" in environment(pid)]
        assert len(workers) >= 2, "each process decodes on all cores"
        assert max(map(peak_mb, server.children())) < 512


def environment(pid: int) -> bytes:
    """Return the variables that a process was started with."""
    return Path(f"/proc/{pid}/environ").read_bytes()


def peak_mb(pid: int) -> float:
    """Return the peak memory of a process, in MiB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1024
