"""What a fetch answers, for each thing an origin can say."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.config import ConfigError, Limits
from app.deadline import Deadline
from app.errors import InvalidParameter, ServiceError, SourceFailed, SourceNotFound, SourceTooLarge
from app.sources import Fetcher
from tests.app.sources.conftest import Build
from tests.support.origin import (
    Origin,
    Route,
    chunked,
    conditional,
    endless,
    ok,
    raw,
    short,
    stall,
    status,
)

BODY = bytes(range(256)) * 400


@pytest.mark.parametrize(
    "route",
    [
        ok(BODY),
        ok(BODY, Connection="close"),
        ok(BODY, Content_Encoding="identity"),
        chunked(BODY[:1], BODY[1:50_000], BODY[50_000:]),
        raw(b"HTTP/1.1 200 OK\r\n\r\n" + BODY),
        raw(b"HTTP/1.0 200 OK\r\n\r\n" + BODY),
        raw(b"HTTP/1.1 100 Continue\r\n\r\n", then=ok(BODY)),
    ],
)
def test_body_arrives_whole(origin: Origin, remote: Fetcher, deadline: Deadline, route: Route) -> None:
    origin.routes["/a"] = route
    assert remote.fetch(origin.url("/a?b#c"), deadline).body == BODY
    assert origin.requests[0].target == "/a?b"


def test_an_empty_file_is_empty(origin: Origin, remote: Fetcher, deadline: Deadline) -> None:
    origin.routes["/a"] = ok(b"")
    assert remote.fetch(origin.url("/a"), deadline).body == b""


def test_validators_come_back_and_save_the_body(origin: Origin, remote: Fetcher, deadline: Deadline) -> None:
    origin.routes["/a"] = conditional('"1"')
    first = remote.fetch(origin.url("/a"), deadline)
    again = remote.fetch(origin.url("/a"), deadline, etag=first.etag, last_modified=first.last_modified)
    assert (first.body, first.etag, again.body, again.etag) == (b"image", '"1"', None, '"1"')
    assert origin.requests[1].headers["if-modified-since"] == first.last_modified == "Sat, 21 Nov 2026 00:00:00 GMT"
    assert origin.connections == 1


def test_request_carries_only_what_is_needed(
    origin: Origin, build: Build, deadline: Deadline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password hunter2")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    origin.routes["/a"] = ok()
    build(user_agent="tester").fetch(origin.url("/a"), deadline)
    assert origin.requests[0].headers == {
        "host": f"127.0.0.1:{origin.port}",
        "user-agent": "tester",
        "accept": "image/*,*/*;q=0.8",
        "accept-encoding": "identity",
        "connection": "keep-alive",
    }


def test_cookies_are_forgotten(origin: Origin, remote: Fetcher, deadline: Deadline) -> None:
    origin.routes["/a"] = ok(Set_Cookie="user=1; Path=/")
    origin.routes["/r"] = status(302, Location="/a", Set_Cookie="user=2; Path=/")
    for path in ("/a", "/r", "/a"):
        remote.fetch(origin.url(path), deadline)
    assert not [request for request in origin.requests if "cookie" in request.headers]


@pytest.mark.parametrize(
    ("route", "error", "words"),
    [
        (status(404, b"hunter2"), SourceNotFound, "404"),
        (status(410, b"hunter2"), SourceNotFound, "410"),
        (status(500, b"hunter2"), SourceFailed, "500"),
        (status(403, b"hunter2"), SourceFailed, "403"),
        (status(204, b""), SourceFailed, "204"),
        (status(206, b"hunter2"), SourceFailed, "206"),
        (status(304, b""), SourceFailed, "304"),
        (ok(b"hunter2", Content_Encoding="gzip"), SourceFailed, "Content-Encoding"),
        (raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"), SourceFailed, "chunked"),
        (raw(b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhunter2"), SourceFailed, "Content-Length"),
        (raw(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"), SourceFailed, ""),
        (short(b"hunter2"), SourceFailed, "whole"),
        (short(b"", missing=5), SourceFailed, "whole"),
        (chunked(b"hunter2", end=b""), SourceFailed, "whole"),
        (chunked(b"hunter2", end=b"9\r\nhunter"), SourceFailed, "whole"),
        (chunked(b"hunter2", end=b"hunter2\r\n"), SourceFailed, "whole"),
        (raw(b"HTTP/1.1 200 OK\r\nContent-Le"), SourceFailed, "no body"),
        (raw(b"hunter2 hunter2\r\n\r\n"), SourceFailed, "HTTP"),
        (raw(b"HTTP/1.1 200 OK\r\n" + b"X: hunter2\r\n" * 200 + b"\r\n"), SourceFailed, "HTTP"),
        (raw(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000 + b"\r\n\r\n"), SourceFailed, "HTTP"),
        (raw(b""), SourceFailed, "HTTP"),
    ],
)
def test_what_is_no_image_is_an_error_in_words_of_our_own(
    origin: Origin, remote: Fetcher, deadline: Deadline, route: Route, error: type[ServiceError], words: str
) -> None:
    origin.routes["/a"] = route
    with pytest.raises(error) as caught:
        remote.fetch(origin.url("/a?sig=hunter2"), deadline)
    assert type(caught.value) is error
    assert words in caught.value.detail
    assert "hunter2" not in caught.value.detail
    assert "127.0.0.1" not in caught.value.detail


def test_refused_connection(remote: Fetcher, deadline: Deadline) -> None:
    with Origin() as gone:
        url = gone.url("/")
    with pytest.raises(SourceFailed, match="refuses"):
        remote.fetch(url, deadline)


def test_bad_url_is_the_callers_fault(remote: Fetcher, deadline: Deadline) -> None:
    with pytest.raises(InvalidParameter):
        remote.fetch("ftp://127.0.0.1/", deadline)
    assert remote.stats().opened == 0


@pytest.mark.parametrize(
    ("route", "fits"),
    [
        (ok(bytes(1000)), True),
        (ok(bytes(1001)), False),
        (chunked(bytes(600), bytes(400)), True),
        (chunked(bytes(600), bytes(401)), False),
        (raw(b"HTTP/1.1 200 OK\r\n\r\n" + bytes(1000)), True),
        (raw(b"HTTP/1.1 200 OK\r\n\r\n" + bytes(1001)), False),
        (raw(b"HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n", then=stall), False),
        (endless(), False),
    ],
)
def test_byte_limit(origin: Origin, build: Build, deadline: Deadline, route: Route, fits: bool) -> None:
    origin.routes["/a"] = route
    remote = build(limits={"max_source_bytes": 1000})
    if fits:
        assert remote.fetch(origin.url("/a"), deadline).body == bytes(1000)
        return
    with pytest.raises(SourceTooLarge, match="1000 bytes"):
        remote.fetch(origin.url("/a"), deadline)


def test_networks_that_are_none_are_found_at_once() -> None:
    with pytest.raises(ConfigError, match="source_networks"):
        Fetcher(Limits(), networks=("10.0.0.0/99",))
