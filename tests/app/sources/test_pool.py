"""Connections are kept, shared, verified and closed; counted at both ends."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from app.core.deadline import Deadline
from app.core.errors import ServiceError, SourceFailed
from app.runtime.pool_stats import PoolStats
from app.sources import Fetcher
from app.sources.pool import GuardedHTTPPool
from tests.app.sources.conftest import FIRST_LOOPBACK, HOST, MakeFetcher, fetch_concurrently
from tests.support.origin import Exchange, Origin, Route, chunked, ok, raw, respond_together, status
from tests.support.resolver import FakeResolver
from tests.support.secure_origin import SecureOrigin


@pytest.mark.parametrize("route", [ok(), chunked(b"ima", b"ge"), ok(ETag='"1"')])
def test_a_connection_is_reused(origin: Origin, fetcher: Fetcher, deadline: Deadline, route: Route) -> None:
    def kept(exchange: Exchange) -> bool:
        return route(exchange) or True

    origin.routes["/a"] = kept
    for _ in range(3):
        fetcher.fetch(origin.url("/a"), deadline)
    assert fetcher.stats() == PoolStats(opened=1, reused=2, idle=1, requests=3)
    assert origin.connections == 1


@pytest.mark.parametrize("code", [404, 500, 304])
def test_a_connection_is_reused_after_an_error_status(
    origin: Origin, fetcher: Fetcher, deadline: Deadline, code: int
) -> None:
    origin.routes |= {"/a": ok(), "/b": status(code, b"" if code == 304 else b"message")}
    with pytest.raises(ServiceError):
        fetcher.fetch(origin.url("/b"), deadline)
    fetcher.fetch(origin.url("/a"), deadline)
    assert fetcher.stats() == PoolStats(opened=1, reused=1, idle=1, requests=2)


@pytest.mark.parametrize("options", [{"pooling": "per_request"}, {"pool_size": 0}])
def test_no_connection_is_kept_without_pooling(
    origin: Origin, make_fetcher: MakeFetcher, deadline: Deadline, options: dict[str, object]
) -> None:
    origin.routes["/a"] = ok()
    fetcher = make_fetcher(**options)
    for _ in range(3):
        fetcher.fetch(origin.url("/a"), deadline)
    assert fetcher.stats() == PoolStats(opened=3, reused=0, idle=0, requests=3)
    assert origin.connections == 3


def test_pool_size_limits_the_idle_connections_of_a_host(origin: Origin, make_fetcher: MakeFetcher) -> None:
    origin.routes["/a"] = respond_together(5)
    fetcher = make_fetcher(pool_size=2)
    fetch_concurrently(fetcher, origin.url("/a"), 5)
    assert fetcher.stats() == PoolStats(opened=5, reused=0, idle=2, requests=5)


def test_idle_connections_to_sixteen_hosts_are_kept(
    origin: Origin, make_fetcher: MakeFetcher, deadline: Deadline
) -> None:
    def resolve(host: str, port: int, *, type: int) -> list[tuple[object, ...]]:
        return [(2, type, 6, "", ("127.0.0.1", port))]

    origin.routes["/a"] = ok()
    fetcher = make_fetcher(resolve=resolve)
    for number in range(40):
        fetcher.fetch(origin.url("/a", host=f"h{number}.example"), deadline)
    assert fetcher.stats() == PoolStats(opened=40, reused=0, idle=16, requests=40)


def test_threads_share_one_fetcher(origin: Origin, fetcher: Fetcher) -> None:
    origin.routes |= {f"/{number}": ok(b"%d" % number * 1000) for number in range(100)}

    def fetch(number: int) -> bytes | None:
        return fetcher.fetch(origin.url(f"/{number}"), Deadline.after(30)).body

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(fetch, range(100))) == [b"%d" % number * 1000 for number in range(100)]
    stats = fetcher.stats()
    assert (stats.requests, stats.opened + stats.reused) == (100, 100)
    assert stats.opened == origin.connections <= 8


def test_a_connection_is_not_reused_when_only_interim_responses_come(
    origin: Origin, fetcher: Fetcher, deadline: Deadline
) -> None:
    hints = b"HTTP/1.1 103 Early Hints\r\n\r\n" * 20
    origin.routes |= {"/a": raw(hints, then=lambda exchange: True), "/b": ok()}
    with pytest.raises(SourceFailed, match="103"):
        fetcher.fetch(origin.url("/a"), deadline)
    fetcher.fetch(origin.url("/b"), deadline)
    assert [request.connection for request in origin.requests] == [1, 2]


def test_a_connection_is_reused_after_interim_responses_and_the_final_one(
    origin: Origin, fetcher: Fetcher, deadline: Deadline
) -> None:
    origin.routes["/a"] = raw(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", then=ok())
    for _ in range(3):
        assert fetcher.fetch(origin.url("/a"), deadline).body == b"image"
    assert origin.connections == 1


def test_a_closed_fetcher_opens_new_connections(origin: Origin, fetcher: Fetcher, deadline: Deadline) -> None:
    origin.routes["/a"] = ok()
    fetcher.fetch(origin.url("/a"), deadline)
    fetcher.close()
    fetcher.close()
    assert fetcher.stats().idle == 0
    fetcher.fetch(origin.url("/a"), deadline)
    assert fetcher.stats() == PoolStats(opened=2, reused=0, idle=1, requests=2)


def test_a_closed_pool_has_no_idle_connections() -> None:
    pool = GuardedHTTPPool("127.0.0.1")
    pool.close()
    pool.close_idle()
    assert pool.idle() == 0


def test_tls_verifies_the_host_of_the_url_whatever_the_address(
    secure_origin: SecureOrigin, make_fetcher: MakeFetcher, deadline: Deadline, certificate: Path
) -> None:
    fetcher = make_fetcher(networks=FIRST_LOOPBACK, resolve=FakeResolver(("127.0.0.1",)), ca_file=str(certificate))
    for _ in range(2):
        assert fetcher.fetch(secure_origin.url("/a", host=HOST), deadline).body == b"image"
    assert secure_origin.server_names == [HOST]
    assert fetcher.stats() == PoolStats(opened=1, reused=1, idle=1, requests=2)


@pytest.mark.parametrize("host", ["other.example", "127.0.0.1"])
def test_a_certificate_for_another_name_is_refused(
    secure_origin: SecureOrigin, make_fetcher: MakeFetcher, deadline: Deadline, certificate: Path, host: str
) -> None:
    fetcher = make_fetcher(resolve=FakeResolver(("127.0.0.1",)), ca_file=str(certificate))
    with pytest.raises(SourceFailed, match="certificate is not valid for"):
        fetcher.fetch(secure_origin.url("/a", host=host), deadline)
    assert secure_origin.requests == []


def test_a_certificate_of_an_unknown_authority_is_refused(
    secure_origin: SecureOrigin, make_fetcher: MakeFetcher, deadline: Deadline
) -> None:
    with pytest.raises(SourceFailed, match="certificate"):
        make_fetcher(resolve=FakeResolver(("127.0.0.1",))).fetch(secure_origin.url("/a", host=HOST), deadline)
    assert secure_origin.requests == []


def test_plain_http_on_a_tls_port_fails(origin: Origin, make_fetcher: MakeFetcher, deadline: Deadline) -> None:
    with pytest.raises(SourceFailed, match="TLS"):
        make_fetcher().fetch(origin.url().replace("http:", "https:"), deadline)
