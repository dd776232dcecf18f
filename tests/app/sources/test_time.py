"""Nothing waits longer than it may; the short limits here make each test wait for one of them."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest

from app.deadline import Deadline
from app.errors import DeadlineExceeded, SourceTimeout
from tests.app.sources.conftest import Build
from tests.support.origin import Call, Origin, Route, drip, raw, redirect, stall

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
def test_a_dripping_source_ends_at_the_total(origin: Origin, build: Build, deadline: Deadline, route: Route) -> None:
    origin.routes["/a"] = route
    with pytest.raises(SourceTimeout, match=r"within 0\.3 seconds"):
        build(limits={"fetch_s": 0.3}).fetch(origin.url("/a"), deadline)


@pytest.mark.parametrize("route", SILENCES)
def test_a_silent_source_ends_at_the_read_limit(origin: Origin, build: Build, deadline: Deadline, route: Route) -> None:
    origin.routes["/a"] = route
    with pytest.raises(SourceTimeout, match=r"nothing for 0\.2 seconds"):
        build(limits={"read_s": 0.2, "fetch_s": 600.0}).fetch(origin.url("/a"), deadline)


@pytest.mark.parametrize("route", [stall, DRIPS[0], DRIPS[3]])
def test_the_requests_own_deadline_is_told_apart(origin: Origin, build: Build, route: Route) -> None:
    origin.routes["/a"] = route
    with pytest.raises(DeadlineExceeded):
        build().fetch(origin.url("/a"), Deadline.after(0.3))


def test_no_time_no_connection(origin: Origin, build: Build) -> None:
    with pytest.raises(DeadlineExceeded):
        build().fetch(origin.url("/a"), Deadline.after(0))
    assert origin.connections == 0


def test_the_total_spans_redirects(origin: Origin, build: Build, deadline: Deadline) -> None:
    def slow(call: Call) -> bool:
        call.stopped.wait(0.1)
        return redirect("/a")(call)

    origin.routes["/a"] = slow
    with pytest.raises(SourceTimeout, match="within"):
        build(limits={"fetch_s": 0.3, "max_redirects": 1000}).fetch(origin.url("/a"), deadline)


@pytest.fixture
def deaf() -> Iterator[int]:
    """Give a port whose connections open, but which nobody ever reads from."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def test_a_tls_handshake_that_never_ends(deaf: int, build: Build, deadline: Deadline) -> None:
    with pytest.raises(SourceTimeout, match="TLS"):
        build(limits={"connect_s": 0.2}).fetch(f"https://127.0.0.1:{deaf}/", deadline)


def test_a_connection_that_is_never_accepted(build: Build, deadline: Deadline) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener, socket.socket() as first:
        first.connect(listener.getsockname())  # fills the queue; the next is left unanswered
        with pytest.raises(SourceTimeout, match="accept"):
            build(limits={"connect_s": 0.2}).fetch(f"http://127.0.0.1:{listener.getsockname()[1]}/", deadline)


@pytest.mark.parametrize(
    ("limits", "seconds", "error"),
    [
        ({"connect_s": 0.2}, 30, SourceTimeout),
        ({"fetch_s": 0.2}, 30, SourceTimeout),
        ({}, 0.2, DeadlineExceeded),
    ],
)
def test_a_name_server_that_does_not_answer(
    build: Build, limits: dict[str, float], seconds: float, error: type[Exception]
) -> None:
    asked, done = threading.Event(), threading.Event()

    def resolve(*_: object, **__: object) -> list[tuple[object, ...]]:
        asked.set()
        done.wait()
        return []

    try:
        with pytest.raises(error):
            build(limits=limits, resolve=resolve).fetch("http://slow.example/", Deadline.after(seconds))
        assert asked.is_set()
    finally:
        done.set()
