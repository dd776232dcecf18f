"""Which addresses are connected to, with a resolver that returns what the test wants."""

from __future__ import annotations

import socket

import pytest

from app.core.deadline import Deadline
from app.core.errors import SourceBlocked, SourceFailed, SourceNotFound
from app.sources import Fetcher
from tests.app.sources.conftest import FIRST_LOOPBACK, MakeFetcher
from tests.support.origin import Origin, ok
from tests.support.resolver import FakeResolver


def test_dns_rebinding_is_blocked(origin: Origin, make_fetcher: MakeFetcher, deadline: Deadline) -> None:
    origin.routes["/a"] = ok()
    resolver = FakeResolver(("127.0.0.1",), ("127.0.0.2",))
    fetcher = make_fetcher(networks=FIRST_LOOPBACK, resolve=resolver, pooling="per_request")
    assert fetcher.fetch(origin.url("/a", host="rebind.example"), deadline).body == b"image"
    assert resolver.calls == 1
    assert origin.requests[0].headers["host"] == f"rebind.example:{origin.port}"
    with pytest.raises(SourceBlocked):
        fetcher.fetch(origin.url("/a", host="rebind.example"), deadline)
    assert origin.connections == 1


@pytest.mark.parametrize(
    "answer",
    [
        ("127.0.0.2",),
        ("127.0.0.1", "127.0.0.2"),
        ("127.0.0.1", "169.254.169.254"),
        ("127.0.0.1", "::1"),
        ("127.0.0.1", "::ffff:127.0.0.1"),
    ],
)
def test_a_name_with_one_blocked_address_is_blocked(
    origin: Origin, make_fetcher: MakeFetcher, deadline: Deadline, answer: tuple[str, ...]
) -> None:
    origin.routes["/a"] = ok()
    fetcher = make_fetcher(networks=FIRST_LOOPBACK, resolve=FakeResolver(answer))
    with pytest.raises(SourceBlocked) as caught:
        fetcher.fetch(origin.url("/a", host="mixed.example"), deadline)
    assert origin.connections == 0
    assert not [address for address in answer if address in caught.value.detail]


def test_the_address_that_was_connected_to_is_checked_too(
    origin: Origin, make_fetcher: MakeFetcher, deadline: Deadline
) -> None:
    # this address is allowed, but the system connects it to 127.0.0.1
    with pytest.raises(SourceBlocked):
        make_fetcher(networks=("0.0.0.0/32",)).fetch(origin.url("/a", host="0.0.0.0"), deadline)
    assert origin.requests == []


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1", "2130706433", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0"])
def test_this_machine_is_blocked_by_default(
    origin: Origin, make_fetcher: MakeFetcher, deadline: Deadline, host: str
) -> None:
    fetcher = make_fetcher(networks=())
    with pytest.raises(SourceBlocked):
        fetcher.fetch(origin.url("/a", host=host), deadline)
    assert (origin.connections, fetcher.stats().opened) == (0, 0)


def test_the_next_address_is_tried_when_one_refuses(
    origin: Origin, make_fetcher: MakeFetcher, deadline: Deadline
) -> None:
    origin.routes["/a"] = ok()
    fetcher = make_fetcher(resolve=FakeResolver(("127.0.0.2", "127.0.0.3", "127.0.0.1")))
    assert fetcher.fetch(origin.url("/a", host="many.example"), deadline).body == b"image"
    assert fetcher.stats().opened == 1


def test_the_next_address_is_tried_when_one_cannot_be_reached(
    origin: Origin, make_fetcher: MakeFetcher, deadline: Deadline
) -> None:
    origin.routes["/a"] = ok()
    # the system refuses to connect a socket to the broadcast address
    resolver = FakeResolver(("255.255.255.255", "127.0.0.1"))
    fetcher = make_fetcher(networks=("255.255.255.255/32", *FIRST_LOOPBACK), resolve=resolver)
    assert fetcher.fetch(origin.url("/a", host="many.example"), deadline).body == b"image"


def test_a_fetch_fails_when_every_address_refuses(
    origin: Origin, make_fetcher: MakeFetcher, deadline: Deadline
) -> None:
    fetcher = make_fetcher(resolve=FakeResolver(("127.0.0.2", "127.0.0.3")))
    with pytest.raises(SourceFailed, match="refuses"):
        fetcher.fetch(origin.url("/a", host="many.example"), deadline)


def test_a_refused_connection_fails_the_fetch(fetcher: Fetcher, deadline: Deadline) -> None:
    with Origin() as stopped:
        url = stopped.url("/")
    with pytest.raises(SourceFailed, match="refuses"):
        fetcher.fetch(url, deadline)


def unknown_name(host: str, port: int, *, type: int) -> list[tuple[object, ...]]:
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")


@pytest.mark.parametrize("resolve", [unknown_name, FakeResolver(())])
def test_a_name_that_does_not_resolve_is_not_found(
    make_fetcher: MakeFetcher, deadline: Deadline, resolve: object
) -> None:
    with pytest.raises(SourceNotFound, match="resolve"):
        make_fetcher(resolve=resolve).fetch("http://nowhere.example/", deadline)


def test_an_unexpected_error_of_the_resolver_is_not_hidden(make_fetcher: MakeFetcher, deadline: Deadline) -> None:
    def fail(host: str, port: int, *, type: int) -> list[tuple[object, ...]]:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        make_fetcher(resolve=fail).fetch("http://nowhere.example/", deadline)
