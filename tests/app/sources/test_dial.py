"""Which addresses are connected to, with a resolver that says what the test wants."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from app.deadline import Deadline
from app.errors import SourceBlocked, SourceFailed, SourceNotFound
from tests.app.sources.conftest import Build
from tests.support.origin import Origin, ok

ONE = ("127.0.0.1/32",)  # stands for the public internet: 127.0.0.2 stays closed


class Names:
    """A resolver that gives one answer after another; the last is repeated. Counts its calls."""

    def __init__(self, *answers: tuple[str, ...]) -> None:
        self.calls = 0
        self._left: Iterator[tuple[str, ...]] = iter(answers)
        self._answer: tuple[str, ...] = ()

    def __call__(self, host: str, port: int, *, type: int) -> list[tuple[object, ...]]:
        self.calls += 1
        self._answer = next(self._left, self._answer)
        families = [socket.AF_INET6 if ":" in address else socket.AF_INET for address in self._answer]
        return [(family, type, 6, "", (address, port)) for family, address in zip(families, self._answer, strict=True)]


def test_a_name_that_changes_its_mind_gains_nothing(origin: Origin, build: Build, deadline: Deadline) -> None:
    origin.routes["/a"] = ok()
    names = Names(("127.0.0.1",), ("127.0.0.2",))
    remote = build(networks=ONE, resolve=names, pooling="per_request")
    assert remote.fetch(origin.url("/a", host="rebind.example"), deadline).body == b"image"
    assert names.calls == 1
    assert origin.requests[0].headers["host"] == f"rebind.example:{origin.port}"
    with pytest.raises(SourceBlocked):
        remote.fetch(origin.url("/a", host="rebind.example"), deadline)
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
def test_one_bad_address_spoils_the_name(
    origin: Origin, build: Build, deadline: Deadline, answer: tuple[str, ...]
) -> None:
    origin.routes["/a"] = ok()
    remote = build(networks=ONE, resolve=Names(answer))
    with pytest.raises(SourceBlocked) as caught:
        remote.fetch(origin.url("/a", host="mixed.example"), deadline)
    assert origin.connections == 0
    assert not [address for address in answer if address in caught.value.detail]


def test_where_the_connection_ends_counts_too(origin: Origin, build: Build, deadline: Deadline) -> None:
    # this address is let through, but the system connects it to 127.0.0.1
    with pytest.raises(SourceBlocked):
        build(networks=("0.0.0.0/32",)).fetch(origin.url("/a", host="0.0.0.0"), deadline)
    assert origin.requests == []


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1", "2130706433", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0"])
def test_nothing_of_this_machine_is_reachable_unless_opened(
    origin: Origin, build: Build, deadline: Deadline, host: str
) -> None:
    remote = build(networks=())
    with pytest.raises(SourceBlocked):
        remote.fetch(origin.url("/a", host=host), deadline)
    assert (origin.connections, remote.stats().opened) == (0, 0)


def test_the_next_address_is_tried_when_one_refuses(origin: Origin, build: Build, deadline: Deadline) -> None:
    origin.routes["/a"] = ok()
    remote = build(resolve=Names(("127.0.0.2", "127.0.0.3", "127.0.0.1")))
    assert remote.fetch(origin.url("/a", host="many.example"), deadline).body == b"image"
    assert remote.stats().opened == 1


def test_every_address_refuses(origin: Origin, build: Build, deadline: Deadline) -> None:
    with pytest.raises(SourceFailed, match="refuses"):
        build(resolve=Names(("127.0.0.2", "127.0.0.3"))).fetch(origin.url("/a", host="many.example"), deadline)


def unknown(host: str, port: int, *, type: int) -> list[tuple[object, ...]]:
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")


@pytest.mark.parametrize("resolve", [unknown, Names(())])
def test_a_name_that_does_not_resolve(build: Build, deadline: Deadline, resolve: object) -> None:
    with pytest.raises(SourceNotFound, match="resolve"):
        build(resolve=resolve).fetch("http://nowhere.example/", deadline)
