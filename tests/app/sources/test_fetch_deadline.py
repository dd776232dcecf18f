"""No wait is longer than its limit; the limits here are short, because each test waits for one of them."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core.deadline import Deadline
from app.core.errors import DeadlineExceeded, SourceTimeout
from tests.app.sources.conftest import HOST, MakeFetcher
from tests.support.origin import Exchange, Origin, Route, drip, raw, redirect, stall
from tests.support.resolver import FakeResolver
from tests.support.secure_origin import SecureOrigin

HEAD = b"HTTP/1.1 200 OK\r\n"
DRIPS = [
    drip(HEAD + b"X: y\r\n"),
    raw(HEAD + b"X: ", then=drip(b"y")),
    drip(b"HTTP/1.1 100 Continue\r\n\r\n"),
    raw(HEAD + b"Content-Length: 100000\r\n\r\n", then=drip(b"a")),
    raw(HEAD + b"\r\n", then=drip(b"a")),
    raw(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", then=drip(b"1\r\na\r\n")),
    raw(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", then=drip(b"0")),
    raw(HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", then=drip(b"X: y\r\n")),
]
SILENCES = [
    stall,
    raw(HEAD, then=stall),
    raw(HEAD + b"Content-Length: 9\r\n\r\nimage", then=stall),
    raw(HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nimage\r\n", then=stall),
]


@pytest.mark.parametrize("route", DRIPS)
def test_a_dripping_source_is_cut_off_after_fetch_s(
    origin: Origin, make_fetcher: MakeFetcher, deadline: Deadline, route: Route
) -> None:
    origin.routes["/a"] = route
    with pytest.raises(SourceTimeout, match=r"within 0\.3 seconds"):
        make_fetcher(limits={"fetch_s": 0.3}).fetch(origin.url("/a"), deadline)


@pytest.mark.parametrize("head", [HEAD + b"X: ", HEAD + b"\r\n"])
def test_a_dripping_tls_source_is_cut_off_after_fetch_s(
    secure_origin: SecureOrigin, make_fetcher: MakeFetcher, deadline: Deadline, certificate: Path, head: bytes
) -> None:
    secure_origin.routes["/a"] = raw(head, then=drip(b"a"))
    fetcher = make_fetcher(resolve=FakeResolver(("127.0.0.1",)), ca_file=str(certificate), limits={"fetch_s": 0.3})
    with pytest.raises(SourceTimeout, match=r"within 0\.3 seconds"):
        fetcher.fetch(secure_origin.url("/a", host=HOST), deadline)


@pytest.mark.parametrize("route", SILENCES)
def test_a_silent_source_is_cut_off_after_read_s(
    origin: Origin, make_fetcher: MakeFetcher, deadline: Deadline, route: Route
) -> None:
    origin.routes["/a"] = route
    with pytest.raises(SourceTimeout, match=r"nothing for 0\.2 seconds"):
        make_fetcher(limits={"read_s": 0.2, "fetch_s": 600.0}).fetch(origin.url("/a"), deadline)


@pytest.mark.parametrize("route", [stall, DRIPS[0], DRIPS[3]])
def test_the_deadline_of_the_request_raises_its_own_error(
    origin: Origin, make_fetcher: MakeFetcher, route: Route
) -> None:
    origin.routes["/a"] = route
    with pytest.raises(DeadlineExceeded):
        make_fetcher().fetch(origin.url("/a"), Deadline.after(0.3))


def test_no_connection_is_opened_when_no_time_is_left(origin: Origin, make_fetcher: MakeFetcher) -> None:
    with pytest.raises(DeadlineExceeded):
        make_fetcher().fetch(origin.url("/a"), Deadline.after(0))
    assert origin.connections == 0


def test_fetch_s_covers_all_redirects(origin: Origin, make_fetcher: MakeFetcher, deadline: Deadline) -> None:
    def slow(exchange: Exchange) -> bool:
        exchange.stopped.wait(0.1)
        return redirect("/a")(exchange)

    origin.routes["/a"] = slow
    with pytest.raises(SourceTimeout, match="within"):
        make_fetcher(limits={"fetch_s": 0.3, "max_redirects": 1000}).fetch(origin.url("/a"), deadline)


@pytest.fixture
def silent_port() -> Iterator[int]:
    """Return a port that accepts connections, and from which nothing is ever read or sent."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def test_a_tls_handshake_that_never_ends_times_out(
    silent_port: int, make_fetcher: MakeFetcher, deadline: Deadline
) -> None:
    with pytest.raises(SourceTimeout, match="TLS"):
        make_fetcher(limits={"connect_s": 0.2}).fetch(f"https://127.0.0.1:{silent_port}/", deadline)


def test_a_connection_that_is_never_accepted_times_out(make_fetcher: MakeFetcher, deadline: Deadline) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener, socket.socket() as first:
        first.connect(listener.getsockname())  # fills the backlog, so the next connection is not accepted
        with pytest.raises(SourceTimeout, match="accept"):
            make_fetcher(limits={"connect_s": 0.2}).fetch(f"http://127.0.0.1:{listener.getsockname()[1]}/", deadline)


@pytest.mark.parametrize(
    ("limits", "seconds", "error"),
    [
        ({"connect_s": 0.2}, 30, SourceTimeout),
        ({"fetch_s": 0.2}, 30, SourceTimeout),
        ({}, 0.2, DeadlineExceeded),
    ],
)
def test_a_name_server_that_never_answers_times_out(
    make_fetcher: MakeFetcher, limits: dict[str, float], seconds: float, error: type[Exception]
) -> None:
    requested, answered = threading.Event(), threading.Event()

    def resolve(*_: object, **__: object) -> list[tuple[object, ...]]:
        requested.set()
        answered.wait()
        return []

    try:
        with pytest.raises(error):
            make_fetcher(limits=limits, resolve=resolve).fetch("http://slow.example/", Deadline.after(seconds))
        assert requested.is_set()
    finally:
        answered.set()
