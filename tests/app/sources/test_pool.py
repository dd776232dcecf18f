"""Connections: kept, shared, retried once when stale, and never leaked; asserted by counting at both ends."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from app.config import Limits
from app.deadline import Deadline
from app.errors import ServiceError, SourceFailed
from app.runtime.pool_stats import PoolStats
from app.sources import Fetcher
from tests.app.sources.conftest import LOOPBACK, Build
from tests.support.origin import (
    Call,
    Origin,
    chunked,
    drip,
    endless,
    hang_up_when_asked_again,
    ok,
    raw,
    redirect,
    short,
    stall,
    status,
)


def meeting(size: int) -> Callable[[Call], bool]:
    """Answer only when ``size`` requests are waiting at once, so that as many connections are open."""
    barrier = threading.Barrier(size)

    def route(call: Call) -> bool:
        barrier.wait(10)
        return ok()(call)

    return route


def fetch_at_once(remote: Fetcher, url: str, times: int) -> None:
    with ThreadPoolExecutor(times) as threads:
        for done in [threads.submit(remote.fetch, url, Deadline.after(30)) for _ in range(times)]:
            assert done.result().body == b"image"


def eventually(holds: Callable[[], bool]) -> bool:
    end = time.monotonic() + 5
    while not holds() and time.monotonic() < end:
        time.sleep(0.01)
    return holds()


@pytest.mark.parametrize("route", [ok(), chunked(b"ima", b"ge"), ok(ETag='"1"')])
def test_one_connection_serves_many(
    origin: Origin, remote: Fetcher, deadline: Deadline, route: Callable[[Call], bool]
) -> None:
    def kept(call: Call) -> bool:
        return route(call) or True

    origin.routes["/a"] = kept
    for _ in range(3):
        remote.fetch(origin.url("/a"), deadline)
    assert remote.stats() == PoolStats(opened=1, reused=2, idle=1, requests=3)
    assert origin.connections == 1


@pytest.mark.parametrize("code", [404, 500, 304])
def test_an_error_does_not_cost_the_connection(origin: Origin, remote: Fetcher, deadline: Deadline, code: int) -> None:
    origin.routes |= {"/a": ok(), "/b": status(code, b"" if code == 304 else b"words")}
    with pytest.raises(ServiceError):
        remote.fetch(origin.url("/b"), deadline)
    remote.fetch(origin.url("/a"), deadline)
    assert remote.stats() == PoolStats(opened=1, reused=1, idle=1, requests=2)


@pytest.mark.parametrize("options", [{"pooling": "per_request"}, {"pool_size": 0}])
def test_nothing_is_kept_when_pooling_is_off(
    origin: Origin, build: Build, deadline: Deadline, options: dict[str, object]
) -> None:
    origin.routes["/a"] = ok()
    remote = build(**options)
    for _ in range(3):
        remote.fetch(origin.url("/a"), deadline)
    assert remote.stats() == PoolStats(opened=3, reused=0, idle=0, requests=3)
    assert origin.connections == 3


def test_pool_size_bounds_what_is_kept(origin: Origin, build: Build) -> None:
    origin.routes["/a"] = meeting(5)
    remote = build(pool_size=2)
    fetch_at_once(remote, origin.url("/a"), 5)
    assert remote.stats() == PoolStats(opened=5, reused=0, idle=2, requests=5)


def test_connections_to_many_hosts_are_bounded(origin: Origin, build: Build, deadline: Deadline) -> None:
    def resolve(host: str, port: int, *, type: int) -> list[tuple[object, ...]]:
        return [(2, type, 6, "", ("127.0.0.1", port))]

    origin.routes["/a"] = ok()
    remote = build(resolve=resolve)
    for number in range(40):
        remote.fetch(origin.url("/a", host=f"h{number}.example"), deadline)
    assert remote.stats() == PoolStats(opened=40, reused=0, idle=16, requests=40)


def test_threads_share_one_remote(origin: Origin, remote: Fetcher) -> None:
    origin.routes |= {f"/{number}": ok(b"%d" % number * 1000) for number in range(100)}

    def fetch(number: int) -> bytes | None:
        return remote.fetch(origin.url(f"/{number}"), Deadline.after(30)).body

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(fetch, range(100))) == [b"%d" % number * 1000 for number in range(100)]
    stats = remote.stats()
    assert (stats.requests, stats.opened + stats.reused) == (100, 100)
    assert stats.opened == origin.connections <= 8


def test_what_was_closed_while_idle_is_replaced(origin: Origin, remote: Fetcher, deadline: Deadline) -> None:
    origin.routes["/a"] = ok()
    remote.fetch(origin.url("/a"), deadline)
    origin.hang_up()
    assert remote.fetch(origin.url("/a"), deadline).body == b"image"
    stats = remote.stats()
    assert (stats.opened, stats.idle, stats.opened + stats.reused) == (2, 1, stats.requests)


def test_stale_is_retried_on_a_new_connection(origin: Origin, remote: Fetcher, deadline: Deadline) -> None:
    origin.routes["/a"] = hang_up_when_asked_again()
    for _ in range(2):
        assert remote.fetch(origin.url("/a"), deadline).body == b"image"
    assert [request.connection for request in origin.requests] == [1, 1, 2]
    assert remote.stats() == PoolStats(opened=2, reused=1, idle=1, requests=3)


def test_stale_is_retried_once_only(origin: Origin, remote: Fetcher, deadline: Deadline) -> None:
    origin.routes |= {"/a": ok(), "/b": raw(b"")}
    remote.fetch(origin.url("/a"), deadline)
    with pytest.raises(SourceFailed):
        remote.fetch(origin.url("/b"), deadline)
    assert [request.connection for request in origin.requests] == [1, 1, 2]


def test_stale_does_not_meet_the_next_stale(origin: Origin, remote: Fetcher, deadline: Deadline) -> None:
    origin.routes["/a"] = meeting(3)
    fetch_at_once(remote, origin.url("/a"), 3)
    origin.routes["/a"] = lambda call: call.request.connection > 3 and ok()(call)
    assert remote.fetch(origin.url("/a"), deadline).body == b"image"
    assert remote.stats() == PoolStats(opened=4, reused=1, idle=1, requests=5)
    assert origin.connections == 4


def test_a_new_connection_is_not_retried(origin: Origin, remote: Fetcher, deadline: Deadline) -> None:
    origin.routes["/a"] = raw(b"")
    with pytest.raises(SourceFailed):
        remote.fetch(origin.url("/a"), deadline)
    assert len(origin.requests) == 1


def test_an_interim_answer_ends_its_connection(origin: Origin, remote: Fetcher, deadline: Deadline) -> None:
    origin.routes |= {"/a": raw(b"HTTP/1.1 103 Early Hints\r\n\r\n", then=lambda call: True), "/b": ok()}
    with pytest.raises(SourceFailed, match="103"):
        remote.fetch(origin.url("/a"), deadline)
    remote.fetch(origin.url("/b"), deadline)
    assert [request.connection for request in origin.requests] == [1, 2]


def test_close_and_go_on(origin: Origin, remote: Fetcher, deadline: Deadline) -> None:
    origin.routes["/a"] = ok()
    remote.fetch(origin.url("/a"), deadline)
    remote.close()
    remote.close()
    assert remote.stats().idle == 0
    remote.fetch(origin.url("/a"), deadline)
    assert remote.stats() == PoolStats(opened=2, reused=0, idle=1, requests=2)


def test_warming_opens_nothing(remote: Fetcher) -> None:
    remote.warm()
    assert remote.stats() == PoolStats(opened=0, reused=0, idle=0, requests=0)


@pytest.mark.parametrize("pooling", ["shared", "per_request"])
def test_no_way_out_of_a_fetch_leaks(origin: Origin, build: Build, pooling: str) -> None:
    origin.routes |= {
        "/ok": ok(),
        "/closed": ok(Connection="close"),
        "/chunked": chunked(b"image"),
        "/cut": chunked(b"image", end=b""),
        "/short": short(b"image"),
        "/endless": endless(),
        "/large": raw(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n", then=stall),
        "/gzip": ok(Content_Encoding="gzip"),
        "/garbage": raw(b"garbage\r\n\r\n"),
        "/nothing": raw(b""),
        "/stall": stall,
        "/drip": drip(b"HTTP/1.1 200 OK\r\nX: "),
        "/lengths": raw(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"),
        "/moved": redirect("/ok"),
        "/away": redirect("http://127.0.0.2/"),
        "/loop": redirect("/loop"),
    }
    small = {"read_s": 0.02, "fetch_s": 0.05, "max_source_bytes": 1000}
    before = descriptors()
    remote = build(limits=small, pooling=pooling, networks=("127.0.0.1/32",))
    for path in [*origin.routes, "/missing"] * 3:
        with suppress(ServiceError):
            remote.fetch(origin.url(path), Deadline.after(30))
    assert remote.stats().idle <= (1 if pooling == "shared" else 0)
    remote.close()
    assert eventually(lambda: descriptors() <= before)
    assert not [thread for thread in threading.enumerate() if thread.name == "resolve"]


def descriptors() -> int:
    return len(os.listdir("/dev/fd"))


def test_two_remotes_share_nothing(origin: Origin, build: Build, deadline: Deadline) -> None:
    origin.routes["/a"] = ok()
    build().fetch(origin.url("/a"), deadline)
    assert Fetcher(Limits(), networks=LOOPBACK).stats().requests == 0
