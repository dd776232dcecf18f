"""Redirects, revalidation, and what a Fetcher leaves behind."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from app.core.config import ConfigError, Limits
from app.core.deadline import Deadline
from app.core.errors import Forbidden, InvalidParameter, ServiceError, SourceBlocked, SourceFailed
from app.runtime.pool_stats import PoolStats
from app.sources import Fetcher
from tests.app.sources.conftest import HOST, LOOPBACK, MakeFetcher
from tests.support.origin import (
    Origin,
    Route,
    chunked,
    conditional,
    drip,
    endless,
    ok,
    raw,
    redirect,
    stall,
    status,
    truncated,
)
from tests.support.resolver import FakeResolver
from tests.support.secure_origin import SecureOrigin

SCRIPT = """
import sys
import app.sources.fetcher
from app.core.config import Limits
from app.sources import Fetcher, check_url, host_allowed
HEAVY = {"requests", "urllib3", "idna", "certifi", "http.cookiejar"}
fetcher = Fetcher(Limits(), networks=("127.0.0.0/8",))
fetcher.stats()
host_allowed("http://example.com/", ("example.com",))
print(sorted(HEAVY & set(sys.modules)))
fetcher.warm()
print(sorted(HEAVY - set(sys.modules)))
fetcher.close()
"""


def test_requests_is_imported_at_the_first_fetch() -> None:
    done = subprocess.run([sys.executable, "-W", "error", "-c", SCRIPT], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["[]", "[]"]


def test_warm_opens_no_connection(fetcher: Fetcher) -> None:
    fetcher.warm()
    assert fetcher.stats() == PoolStats(opened=0, reused=0, idle=0, requests=0)


def test_close_idle_keeps_the_session(origin: Origin, fetcher: Fetcher, deadline: Deadline) -> None:
    origin.routes["/a"] = ok()
    fetcher.close_idle()
    fetcher.fetch(origin.url("/a"), deadline)
    session = fetcher._session
    fetcher.close_idle()
    assert fetcher.stats().idle == 0
    fetcher.fetch(origin.url("/a"), deadline)
    assert fetcher._session is session
    assert origin.connections == 2


def test_a_malformed_url_is_an_invalid_parameter(fetcher: Fetcher, deadline: Deadline) -> None:
    with pytest.raises(InvalidParameter):
        fetcher.fetch("ftp://127.0.0.1/", deadline)
    assert fetcher.stats().opened == 0


def test_malformed_networks_are_a_config_error() -> None:
    with pytest.raises(ConfigError, match="MONOLAMBDA_SOURCE_NETWORKS: "):
        Fetcher(Limits(), networks=("10.0.0.0/99",))


def test_validators_are_returned_and_save_a_second_download(
    origin: Origin, fetcher: Fetcher, deadline: Deadline
) -> None:
    origin.routes["/a"] = conditional('"1"')
    url = origin.url("/a")
    first = fetcher.fetch(url, deadline)
    again = fetcher.fetch(url, deadline, validated=url, etag=first.etag, last_modified=first.last_modified)
    assert (first.body, first.etag, again.body, again.etag) == (b"image", '"1"', None, '"1"')
    assert origin.requests[1].headers["if-modified-since"] == first.last_modified == "Sat, 21 Nov 2026 00:00:00 GMT"
    assert origin.connections == 1


@pytest.mark.parametrize("answers", [redirect("/a"), status(304, b"")])
def test_validators_are_sent_to_the_url_that_gave_them(
    origin: Origin, fetcher: Fetcher, deadline: Deadline, answers: Route
) -> None:
    origin.routes |= {"/go": redirect("/a?x=1"), "/a": answers}
    with pytest.raises(SourceFailed):
        fetcher.fetch(origin.url("/go"), deadline, validated=origin.url("/a?x=2"), etag='"1"', last_modified="x")
    assert not any({"if-none-match", "if-modified-since"} & request.headers.keys() for request in origin.requests)


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_redirects_are_followed(origin: Origin, fetcher: Fetcher, deadline: Deadline, code: int) -> None:
    origin.routes |= {"/a": redirect("b/é?x=1#y".encode().decode("latin-1"), code), "/b/%C3%A9": ok()}
    hops: list[str] = []
    fetched = fetcher.fetch(origin.url("/a"), deadline, authorize=hops.append)
    assert (fetched.body, hops) == (b"image", [origin.url("/a"), origin.url("/b/%C3%A9?x=1")])


def test_a_location_in_latin_1_is_followed(origin: Origin, fetcher: Fetcher, deadline: Deadline) -> None:
    origin.routes |= {"/a": redirect("b/é"), "/b/%C3%A9": ok()}  # the origin encodes headers as Latin-1
    assert fetcher.fetch(origin.url("/a"), deadline).body == b"image"


def test_redirects_may_change_between_https_and_http(
    secure_origin: SecureOrigin, origin: Origin, make_fetcher: MakeFetcher, deadline: Deadline, certificate: Path
) -> None:
    secure_origin.routes["/away"] = redirect(origin.url("/b", host=HOST))
    origin.routes["/b"] = redirect(secure_origin.url("/a", host=HOST))
    fetcher = make_fetcher(resolve=FakeResolver(("127.0.0.1",)), ca_file=str(certificate))
    hops: list[str] = []
    assert fetcher.fetch(secure_origin.url("/away", host=HOST), deadline, authorize=hops.append).body == b"image"
    assert hops[2] == secure_origin.url("/a", host=HOST)


@pytest.mark.parametrize(("allowed", "needed"), [(0, 1), (3, 4)])
def test_redirects_are_limited(
    origin: Origin, make_fetcher: MakeFetcher, deadline: Deadline, allowed: int, needed: int
) -> None:
    for step in range(needed):
        origin.routes[f"/{step}"] = redirect(f"/{step + 1}")
    origin.routes[f"/{needed}"] = ok()
    fetcher = make_fetcher(limits={"max_redirects": allowed})
    assert fetcher.fetch(origin.url("/1"), deadline).body == b"image"
    with pytest.raises(SourceFailed, match=f"more than {allowed} times"):
        fetcher.fetch(origin.url("/0"), deadline)
    assert len(origin.requests) == 2 * needed


def test_a_redirect_loop_fails(origin: Origin, fetcher: Fetcher, deadline: Deadline) -> None:
    origin.routes["/a"] = redirect("/a")
    with pytest.raises(SourceFailed):
        fetcher.fetch(origin.url("/a"), deadline)
    assert len(origin.requests) == 4


@pytest.mark.parametrize(
    "to",
    [
        "http://127.0.0.2:{port}/b",
        "//127.0.0.2:{port}/b",
        "http://2130706434:{port}/b",
        "http://[::1]:{port}/b",
        "http://169.254.169.254/latest/meta-data/",
        "file:///etc/passwd",
        "gopher://127.0.0.1:{port}/b",
        "javascript:alert(1)",
        "http://user@127.0.0.1:{port}/b",
        "http:\\\\127.0.0.1:{port}\\b",
        "http://[/b",
        "https:///b",
    ],
)
def test_the_target_of_a_redirect_is_checked(
    origin: Origin, make_fetcher: MakeFetcher, deadline: Deadline, to: str
) -> None:
    origin.routes |= {"/a": redirect(to.format(port=origin.port)), "/b": ok()}
    fetcher = make_fetcher(networks=("127.0.0.1/32",))
    with pytest.raises(SourceBlocked):
        fetcher.fetch(origin.url("/a"), deadline)
    assert [request.target for request in origin.requests] == ["/a"]


def test_every_url_is_authorized(origin: Origin, fetcher: Fetcher, deadline: Deadline) -> None:
    origin.routes |= {"/a": redirect("/b"), "/b": redirect("/c"), "/c": ok()}
    seen: list[str] = []
    fetcher.fetch(origin.url("/a"), deadline, authorize=seen.append)
    assert seen == [origin.url("/a"), origin.url("/b"), origin.url("/c")]


def test_authorize_can_refuse_a_redirect(origin: Origin, fetcher: Fetcher, deadline: Deadline) -> None:
    origin.routes |= {"/a": redirect("/b"), "/b": ok()}

    def authorize(url: str) -> None:
        if url.endswith("/b"):
            raise Forbidden("not this one")

    with pytest.raises(Forbidden):
        fetcher.fetch(origin.url("/a"), deadline, authorize=authorize)
    assert [request.target for request in origin.requests] == ["/a"]


def test_a_redirect_without_location_fails(origin: Origin, fetcher: Fetcher, deadline: Deadline) -> None:
    origin.routes["/a"] = status(302)
    with pytest.raises(SourceFailed, match="302"):
        fetcher.fetch(origin.url("/a"), deadline)


@pytest.mark.parametrize("pooling", ["shared", "per_request"])
def test_no_outcome_of_a_fetch_leaks_descriptors_or_threads(
    origin: Origin, make_fetcher: MakeFetcher, pooling: str
) -> None:
    origin.routes |= {
        "/ok": ok(),
        "/closed": ok(Connection="close"),
        "/chunked": chunked(b"image"),
        "/cut": chunked(b"image", end=b""),
        "/truncated": truncated(b"image"),
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
    before = open_descriptors()
    fetcher = make_fetcher(limits=small, pooling=pooling, networks=("127.0.0.1/32",))
    for path in [*origin.routes, "/missing"] * 3:
        with suppress(ServiceError):
            fetcher.fetch(origin.url(path), Deadline.after(30))
    assert fetcher.stats().idle <= (1 if pooling == "shared" else 0)
    fetcher.close()
    assert eventually(lambda: open_descriptors() <= before)
    assert not [thread for thread in threading.enumerate() if thread.name == "resolve"]


def eventually(holds: Callable[[], bool]) -> bool:
    end = time.monotonic() + 5
    while not holds() and time.monotonic() < end:
        time.sleep(0.01)
    return holds()


def open_descriptors() -> int:
    return len(os.listdir("/dev/fd"))


def test_fetchers_share_nothing(origin: Origin, make_fetcher: MakeFetcher, deadline: Deadline) -> None:
    origin.routes["/a"] = ok()
    make_fetcher().fetch(origin.url("/a"), deadline)
    assert Fetcher(Limits(), networks=LOOPBACK).stats().requests == 0
