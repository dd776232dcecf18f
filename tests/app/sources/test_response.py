"""Which bodies are read, and which are refused, drained or left alone."""

from __future__ import annotations

import itertools

import pytest

from app.core.deadline import Deadline
from app.core.errors import ServiceError, SourceFailed, SourceNotFound, SourceTooLarge, UnsupportedMediaType
from app.sources import Fetcher
from tests.app.sources.conftest import MakeFetcher
from tests.support.origin import Origin, Route, chunked, endless, ok, raw, redirect, stall, status, truncated

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
        raw(b"HTTP/1.1 102 Processing\r\n\r\n", then=ok(BODY)),
        raw(b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\nContent-Length: 5\r\n\r\n", then=ok(BODY)),
        raw(b"HTTP/1.1 103 Early Hints\r\nTransfer-Encoding: chunked\r\n\r\n" * 3, then=chunked(BODY)),
        raw(b"HTTP/1.1 103 \r\n\r\nHTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 199 New\r\n\r\n", then=ok(BODY)),
        status(203, BODY),
        *(ok(BODY, Content_Encoding=text) for text in ("aws-chunked", "UTF-8", "none", "", "binary, identity")),
        ok(BODY, Transfer_Encoding="identity"),
        ok(BODY, Transfer_Encoding=" Identity"),
        raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\n\r\n" + BODY),
    ],
)
def test_a_body_is_read_completely(origin: Origin, fetcher: Fetcher, deadline: Deadline, route: Route) -> None:
    origin.routes["/a"] = route
    assert fetcher.fetch(origin.url("/a?b#c"), deadline).body == BODY
    assert origin.requests[0].target == "/a?b"


def test_an_empty_body_is_empty(origin: Origin, fetcher: Fetcher, deadline: Deadline) -> None:
    origin.routes["/a"] = ok(b"")
    assert fetcher.fetch(origin.url("/a"), deadline).body == b""


@pytest.mark.parametrize(
    ("route", "error", "message"),
    [
        (status(404, b"hunter2"), SourceNotFound, "404"),
        (status(410, b"hunter2"), SourceNotFound, "410"),
        (status(500, b"hunter2"), SourceFailed, "500"),
        (status(403, b"hunter2"), SourceFailed, "403"),
        (status(204, b""), SourceFailed, "204"),
        (status(206, b"hunter2"), SourceFailed, "206"),
        (status(304, b""), SourceFailed, "304"),
        (raw(b"HTTP/1.1 101 Switching Protocols\r\n\r\n", then=stall), SourceFailed, "101"),
        (raw(b"HTTP/1.1 103 Early Hints\r\n\r\n" * 100), SourceFailed, "103"),
        (raw(b"HTTP/1.1 103 Early Hints\r\n\r\n"), SourceFailed, "HTTP"),
        *((status(code, b"hunter2"), SourceFailed, str(code)) for code in (201, 202, 205, 226)),
        *(
            (ok(b"hunter2", Content_Encoding=text), SourceFailed, "Content-Encoding")
            for text in ("gzip", "aws-chunked, GZIP", "br", "identity,zstd", "x-compress", "deflate")
        ),
        (raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"), SourceFailed, "chunked"),
        (raw(b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhunter2"), SourceFailed, "Content-Length"),
        (raw(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"), SourceFailed, ""),
        (truncated(b"hunter2"), SourceFailed, "whole"),
        (truncated(b"", missing=5), SourceFailed, "whole"),
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
def test_a_malformed_response_is_an_error_that_does_not_quote_it(
    origin: Origin, fetcher: Fetcher, deadline: Deadline, route: Route, error: type[ServiceError], message: str
) -> None:
    origin.routes["/a"] = route
    with pytest.raises(error) as caught:
        fetcher.fetch(origin.url("/a?sig=hunter2"), deadline)
    assert type(caught.value) is error
    assert message in caught.value.detail
    assert "hunter2" not in caught.value.detail
    assert "127.0.0.1" not in caught.value.detail


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
def test_bodies_over_the_limit_are_refused(
    origin: Origin, make_fetcher: MakeFetcher, deadline: Deadline, route: Route, fits: bool
) -> None:
    origin.routes["/a"] = route
    fetcher = make_fetcher(limits={"max_source_bytes": 1000})
    if fits:
        assert fetcher.fetch(origin.url("/a"), deadline).body == bytes(1000)
        return
    with pytest.raises(SourceTooLarge, match="1000 bytes"):
        fetcher.fetch(origin.url("/a"), deadline)


def test_a_short_redirect_body_is_drained_so_that_the_connection_is_reused(
    origin: Origin, fetcher: Fetcher, deadline: Deadline
) -> None:
    origin.routes |= {"/a": redirect("/b", body=b"moved" * 100), "/b": ok()}
    fetcher.fetch(origin.url("/a"), deadline)
    assert origin.connections == 1


@pytest.mark.parametrize("length", [b"", b"Content-Length: 99999999\r\n"])
def test_a_long_redirect_body_is_not_read(
    origin: Origin, make_fetcher: MakeFetcher, deadline: Deadline, length: bytes
) -> None:
    head = b"HTTP/1.1 302 Found\r\nLocation: /b\r\n" + length + b"\r\n"
    origin.routes |= {"/a": raw(head, then=stall), "/b": ok(), "/c": raw(head, then=endless())}
    fetcher = make_fetcher(limits={"read_s": 600.0, "fetch_s": 600.0})
    assert fetcher.fetch(origin.url("/a"), deadline).body == b"image"
    assert fetcher.fetch(origin.url("/c"), deadline).body == b"image"


def test_the_first_kilobytes_are_enough_to_refuse_the_rest(
    origin: Origin, fetcher: Fetcher, deadline: Deadline
) -> None:
    """An origin that never ends sends no more than what is on the way already."""
    heads: list[bytes] = []

    def refuse(head: bytes) -> None:
        heads.append(head)
        raise UnsupportedMediaType("no image")

    origin.routes["/a"] = endless()
    with pytest.raises(UnsupportedMediaType):
        fetcher.fetch(origin.url("/a"), deadline, inspect=refuse)
    assert [4096 <= len(head) <= 128 * 1024 for head in heads] == [True]
    assert fetcher.stats().idle == 0


def test_who_wants_to_see_more_gets_twice_as_much_up_to_a_quarter_of_a_megabyte(
    origin: Origin, make_fetcher: MakeFetcher, deadline: Deadline
) -> None:
    lengths: list[int] = []

    def want_more(head: bytes) -> bool:
        lengths.append(len(head))
        return True

    origin.routes["/a"] = chunked(*[bytes(2048)] * 400)
    assert make_fetcher().fetch(origin.url("/a"), deadline, inspect=want_more).body == bytes(400 * 2048)
    assert all(after >= 2 * before for before, after in itertools.pairwise(lengths))
    assert lengths[0] < lengths[-1] <= 256 * 1024 + 64 * 1024
    assert len(lengths) >= 2


def test_a_body_is_inspected_once_and_a_short_one_not_at_all(
    origin: Origin, fetcher: Fetcher, deadline: Deadline
) -> None:
    heads: list[bytes] = []
    origin.routes["/long"] = chunked(BODY[:4000], BODY[4000:9000], BODY[9000:])
    origin.routes["/short"] = ok(BODY[:4095])
    for path in ("/long", "/short"):
        assert fetcher.fetch(origin.url(path), deadline, inspect=heads.append).body
    assert len(heads) == 1
    assert BODY.startswith(heads[0])
