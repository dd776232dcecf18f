"""What is sent, and what happens to a kept connection that the server has closed; counted at both ends."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.core.deadline import Deadline
from app.core.errors import SourceFailed
from app.runtime.pool_stats import PoolStats
from app.sources import Fetcher
from tests.app.sources.conftest import HOST, MakeFetcher, fetch_concurrently
from tests.support.origin import Origin, close_on_second_request, ok, raw, respond_together, status
from tests.support.resolver import FakeResolver
from tests.support.secure_origin import SecureOrigin


def test_requests_carry_the_needed_headers_only(
    origin: Origin, make_fetcher: MakeFetcher, deadline: Deadline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password hunter2")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    origin.routes["/a"] = ok()
    make_fetcher(user_agent="tester").fetch(origin.url("/a"), deadline)
    assert origin.requests[0].headers == {
        "host": f"127.0.0.1:{origin.port}",
        "user-agent": "tester",
        "accept": "image/*,*/*;q=0.8",
        "accept-encoding": "identity",
        "connection": "keep-alive",
    }


def test_cookies_are_not_kept(origin: Origin, fetcher: Fetcher, deadline: Deadline) -> None:
    origin.routes["/a"] = ok(Set_Cookie="user=1; Path=/")
    origin.routes["/r"] = status(302, Location="/a", Set_Cookie="user=2; Path=/")
    for path in ("/a", "/r", "/a"):
        fetcher.fetch(origin.url(path), deadline)
    assert not [request for request in origin.requests if "cookie" in request.headers]


def test_a_connection_closed_while_idle_is_replaced(origin: Origin, fetcher: Fetcher, deadline: Deadline) -> None:
    origin.routes["/a"] = ok()
    fetcher.fetch(origin.url("/a"), deadline)
    origin.close_connections()
    assert fetcher.fetch(origin.url("/a"), deadline).body == b"image"
    stats = fetcher.stats()
    assert (stats.opened, stats.idle, stats.opened + stats.reused) == (2, 1, stats.requests)


def test_a_stale_connection_is_retried_on_a_new_one(origin: Origin, fetcher: Fetcher, deadline: Deadline) -> None:
    origin.routes["/a"] = close_on_second_request()
    for _ in range(2):
        assert fetcher.fetch(origin.url("/a"), deadline).body == b"image"
    assert [request.connection for request in origin.requests] == [1, 1, 2]
    assert fetcher.stats() == PoolStats(opened=2, reused=1, idle=1, requests=3)


def test_a_stale_tls_connection_is_retried_on_a_new_one(
    secure_origin: SecureOrigin, make_fetcher: MakeFetcher, deadline: Deadline, certificate: Path
) -> None:
    secure_origin.routes["/a"] = close_on_second_request()
    fetcher = make_fetcher(resolve=FakeResolver(("127.0.0.1",)), ca_file=str(certificate))
    for _ in range(2):
        assert fetcher.fetch(secure_origin.url("/a", host=HOST), deadline).body == b"image"
    assert [request.connection for request in secure_origin.requests] == [1, 1, 2]


def test_a_request_is_retried_once_only(origin: Origin, fetcher: Fetcher, deadline: Deadline) -> None:
    origin.routes |= {"/a": ok(), "/b": raw(b"")}
    fetcher.fetch(origin.url("/a"), deadline)
    with pytest.raises(SourceFailed):
        fetcher.fetch(origin.url("/b"), deadline)
    assert [request.connection for request in origin.requests] == [1, 1, 2]


def test_a_retry_does_not_use_another_stale_connection(origin: Origin, fetcher: Fetcher, deadline: Deadline) -> None:
    origin.routes["/a"] = respond_together(3)
    fetch_concurrently(fetcher, origin.url("/a"), 3)
    origin.routes["/a"] = lambda exchange: exchange.request.connection > 3 and ok()(exchange)
    assert fetcher.fetch(origin.url("/a"), deadline).body == b"image"
    assert fetcher.stats() == PoolStats(opened=4, reused=1, idle=1, requests=5)
    assert origin.connections == 4


def test_a_request_on_a_new_connection_is_not_retried(origin: Origin, fetcher: Fetcher, deadline: Deadline) -> None:
    origin.routes["/a"] = raw(b"")
    with pytest.raises(SourceFailed):
        fetcher.fetch(origin.url("/a"), deadline)
    assert len(origin.requests) == 1
