"""Whom a running server trusts: attacks with links, positions, proxies and pages of other sites."""

from __future__ import annotations

import json
import socket
from http.client import HTTPConnection, HTTPMessage
from pathlib import Path
from urllib.parse import urlencode

import msgspec
import pytest

from app.access import signing
from tests.live.attacks.conftest import KEY, KEYED, SECRET
from tests.support.app_server import Server
from tests.support.origin import Origin, ok

LATITUDE = "48.858"


class Reply(msgspec.Struct, frozen=True):
    """What was answered."""

    status: int
    headers: HTTPMessage
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode(errors="replace")


def send(
    server: Server, path: str, method: str = "GET", body: bytes | None = None, headers: dict[str, str] | None = None
) -> Reply:
    """Send one request on a connection of its own."""
    connection = HTTPConnection("127.0.0.1", server.port, timeout=30)
    try:
        connection.request(method, path, body, {"Host": "localhost", **(headers or {})})
        answer = connection.getresponse()
        return Reply(answer.status, answer.headers, answer.read())
    finally:
        connection.close()


def upload(server: Server, image: bytes, **headers: str) -> str:
    reply = send(server, "/upload", "POST", image, headers)
    stored: str = json.loads(reply.body)["images"][0]["id"]
    return stored


def signed(path: str, **parameters: str) -> str:
    """Return a signed link."""
    signature = signing.sign("web", SECRET.encode(), path, parameters.items())
    return f"{path}?" + "&".join(f"{name}={value}" for name, value in {**parameters, "s": signature}.items())


FORM = b'--B\r\nContent-Disposition: form-data; name="exif"\r\n\r\nall\r\n--B--\r\n'


@pytest.mark.parametrize(
    ("media_type", "body"),
    [
        ("application/json", b'{"exif": "all"}'),
        ("multipart/form-data; boundary=B", FORM),
        ("application/x-www-form-urlencoded", b"exif=all"),
    ],
)
def test_what_stands_beside_a_signed_query_counts_for_nothing(
    closed: Server, located_photo: bytes, media_type: str, body: bytes
) -> None:
    link = signed("/info", id=upload(closed, located_photo, **KEYED))
    honest = send(closed, link)
    assert honest.status == 200
    for method, status in (("POST", 403), ("GET", 200)):
        reply = send(closed, link, method, body, {"Content-Type": media_type})
        assert (reply.status, LATITUDE in reply.text) == (status, False)
    assert send(closed, link).body == honest.body


def test_a_position_is_for_those_who_are_trusted(closed: Server, located_photo: bytes) -> None:
    stored = upload(closed, located_photo, **KEYED)
    for path in (f"/info?id={stored}&exif=all", f"/resize?id={stored}&metadata=all"):
        stranger, trusted = send(closed, path), send(closed, path, headers=KEYED)
        assert (stranger.status, trusted.status) == (401, 200)
        assert b"GPS" not in stranger.body
    raw = send(closed, "/info?exif=all", "POST", located_photo, {"Content-Type": "image/jpeg"})
    assert (raw.status, LATITUDE in raw.text) == (401, False)
    assert LATITUDE in send(closed, signed("/info", id=stored, exif="all")).text


@pytest.mark.parametrize("header", ["X-Forwarded-Proto", "True-Client-IP", "CF-Ray", "X-Whatever-Client-IP", "Via"])
def test_a_request_through_a_proxy_is_not_of_this_machine(open_here: Server, located_photo: bytes, header: str) -> None:
    reply = send(open_here, "/upload", "POST", located_photo, {header: "1"})
    assert (reply.status, json.loads(reply.body)["code"]) == (401, "unauthorized")


def test_a_proxy_that_sends_no_header_is_seen_by_its_protocol(open_here: Server) -> None:
    """As nginx before 1.29.7 asks what is behind it, with nothing but ``proxy_pass``."""
    stored = "0" * 32
    with socket.create_connection(("127.0.0.1", open_here.port), timeout=30) as sock:
        sock.sendall(f"GET /status/{stored} HTTP/1.0\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
        received = sock.recv(65536)
    assert received.split(b" ")[1] == b"401"


OTHER_SITE = [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}, {"Origin": "null"}]


@pytest.mark.parametrize("headers", OTHER_SITE)
def test_pages_of_other_sites_get_nothing_that_only_this_machine_may_see(
    open_here: Server, located_photo: bytes, headers: dict[str, str]
) -> None:
    """Neither the bytes of a URL that leads into the network, nor results in our storage."""

    def kept() -> set[Path]:
        return set((open_here.log.parent / "storage" / "derived").glob("*/*"))

    before = kept()
    with Origin() as origin:
        origin.routes["/secret.jpg"] = ok(located_photo)
        path = f"/resize?url={origin.url('/secret.jpg')}&w=41"
        reply = send(open_here, path, headers=headers)
        assert reply.status == 401
        assert reply.headers["Access-Control-Allow-Origin"] is None
        assert (origin.requests, kept()) == ([], before)
        own = send(open_here, path)
        assert (own.status, own.headers["Access-Control-Allow-Origin"]) == (200, None)
    for made in kept() - before:
        made.unlink()


def test_nothing_that_is_written_can_be_read_by_others(open_here: Server, located_photo: bytes) -> None:
    stored = upload(open_here, located_photo)
    assert send(open_here, f"/resize?id={stored}&w=42").status == 200
    storage = open_here.log.parent / "storage"
    modes = {path.relative_to(storage): path.stat().st_mode & 0o777 for path in [storage, *storage.rglob("*")]}
    wrong = {
        str(path): oct(mode) for path, mode in modes.items() if mode != (0o700 if (storage / path).is_dir() else 0o600)
    }
    assert not wrong
    assert len(modes) > 5


@pytest.mark.parametrize(
    ("host", "path", "status", "target"),
    [
        ("localhost", "/x//../docs", 404, None),
        ("localhost", "//docs", 200, None),
        ("localhost", "/images//\\evil.example", 308, "/images/%5Cevil.example"),
        ("evil.example", "/x//../docs", 400, None),
        ("evil.example", "//docs", 400, None),
        ("evil.example", "/images//\\evil.example", 400, None),
    ],
)
def test_a_redirect_of_doubled_slashes_stays_on_the_host(
    closed: Server, host: str, path: str, status: int, target: str | None
) -> None:
    reply = send(closed, path, headers={"Host": host})
    assert (reply.status, reply.headers["Location"]) == (status, target)
    assert b"evil.example/" not in reply.body


def test_no_line_of_the_log_holds_a_secret(closed: Server, located_photo: bytes) -> None:
    stored = upload(closed, located_photo, **KEYED)
    secrets = ["web.topsecret", "tokenvalue", "bearer-of-nothing", "header-of-nothing", "key-of-no-form", SECRET, KEY]
    own_page = {"Origin": "http://localhost", "Content-Type": "application/x-www-form-urlencoded"}
    send(closed, f"/resize?id={stored}&w=40&s={secrets[0]}")
    send(closed, f"/upload/incoming?token={secrets[1]}", "POST", b"x")
    send(closed, "/status", headers={"Authorization": f"Bearer {secrets[2]}"})
    send(closed, signed("/resize", id=stored, w="40"))
    send(closed, "/status", headers={"X-Monolambda-Key": secrets[3]})
    assert send(closed, "/login", "POST", f"key={secrets[4]}".encode(), own_page).status == 401
    signed_in = send(closed, "/login", "POST", urlencode({"key": KEY}).encode(), own_page)
    cookie = signed_in.headers["Set-Cookie"].partition(";")[0]
    assert send(closed, "/images", headers={"Cookie": cookie}).status == 200
    assert send(closed, "/images", headers={"Cookie": cookie + "x"}).status == 401
    secrets.append(cookie.partition("=")[2])
    for line in (
        f"GET /resize?s={secrets[0]} and HTTP/1.1",
        f"GET /a b?token={secrets[1]}",
        f"GET /?s={secrets[0]}\x00 HTTP/9",
    ):
        with socket.create_connection(("127.0.0.1", closed.port), timeout=30) as sock:
            sock.sendall(f"{line}\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
            sock.recv(65536)
    log = closed.log.read_text()
    assert [secret for secret in secrets if secret in log] == []
    assert "/resize" in log
    assert '"event":"begin"' in log, "lines of the level debug are to be tried too"


def test_the_start_line_says_who_may_do_what(closed: Server, open_here: Server) -> None:
    assert "callers with an API key may do everything; holders of a signed link" in _started(closed.log)
    assert "callers on this machine may do everything" in _started(open_here.log)


def _started(log: Path) -> str:
    lines = [json.loads(line) for line in log.read_text().splitlines() if '"event":"start"' in line]
    assert len(lines) == 1, "one for the server, not one for each of its processes"
    return str(lines[0]["access"])
