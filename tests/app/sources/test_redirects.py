from __future__ import annotations

import pytest

from app.deadline import Deadline
from app.errors import Forbidden, SourceBlocked, SourceFailed
from app.sources import Fetcher
from tests.app.sources.conftest import Build
from tests.support.origin import Origin, endless, ok, raw, redirect, stall, status


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_redirects_are_followed(origin: Origin, remote: Fetcher, deadline: Deadline, code: int) -> None:
    origin.routes |= {"/a": redirect("b/é?x=1#y".encode().decode("latin-1"), code), "/b/%C3%A9": ok()}
    fetched = remote.fetch(origin.url("/a"), deadline)
    assert (fetched.body, fetched.url) == (b"image", origin.url("/b/%C3%A9?x=1"))


@pytest.mark.parametrize(("allowed", "needed"), [(0, 1), (3, 4)])
def test_only_so_many(origin: Origin, build: Build, deadline: Deadline, allowed: int, needed: int) -> None:
    for step in range(needed):
        origin.routes[f"/{step}"] = redirect(f"/{step + 1}")
    origin.routes[f"/{needed}"] = ok()
    remote = build(limits={"max_redirects": allowed})
    assert remote.fetch(origin.url("/1"), deadline).body == b"image"
    with pytest.raises(SourceFailed, match=f"more than {allowed} times"):
        remote.fetch(origin.url("/0"), deadline)
    assert len(origin.requests) == 2 * needed


def test_a_loop_ends(origin: Origin, remote: Fetcher, deadline: Deadline) -> None:
    origin.routes["/a"] = redirect("/a")
    with pytest.raises(SourceFailed):
        remote.fetch(origin.url("/a"), deadline)
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
def test_every_hop_is_guarded(origin: Origin, build: Build, deadline: Deadline, to: str) -> None:
    origin.routes |= {"/a": redirect(to.format(port=origin.port)), "/b": ok()}
    remote = build(networks=("127.0.0.1/32",))
    with pytest.raises(SourceBlocked):
        remote.fetch(origin.url("/a"), deadline)
    assert [request.target for request in origin.requests] == ["/a"]


def test_every_hop_is_put_to_the_caller(origin: Origin, remote: Fetcher, deadline: Deadline) -> None:
    origin.routes |= {"/a": redirect("/b"), "/b": redirect("/c"), "/c": ok()}
    seen: list[str] = []
    remote.fetch(origin.url("/a"), deadline, permit=seen.append)
    assert seen == [origin.url("/a"), origin.url("/b"), origin.url("/c")]


def test_the_caller_can_refuse_a_hop(origin: Origin, remote: Fetcher, deadline: Deadline) -> None:
    origin.routes |= {"/a": redirect("/b"), "/b": ok()}

    def permit(url: str) -> None:
        if url.endswith("/b"):
            raise Forbidden("not that one")

    with pytest.raises(Forbidden):
        remote.fetch(origin.url("/a"), deadline, permit=permit)
    assert [request.target for request in origin.requests] == ["/a"]


def test_without_a_target(origin: Origin, remote: Fetcher, deadline: Deadline) -> None:
    origin.routes["/a"] = status(302)
    with pytest.raises(SourceFailed, match="302"):
        remote.fetch(origin.url("/a"), deadline)


def test_a_short_body_does_not_cost_the_connection(origin: Origin, remote: Fetcher, deadline: Deadline) -> None:
    origin.routes |= {"/a": redirect("/b", body=b"moved" * 100), "/b": ok()}
    remote.fetch(origin.url("/a"), deadline)
    assert origin.connections == 1


@pytest.mark.parametrize("length", [b"", b"Content-Length: 99999999\r\n"])
def test_a_long_body_is_not_waited_for(origin: Origin, build: Build, deadline: Deadline, length: bytes) -> None:
    head = b"HTTP/1.1 302 Found\r\nLocation: /b\r\n" + length + b"\r\n"
    origin.routes |= {"/a": raw(head, then=stall), "/b": ok(), "/c": raw(head, then=endless())}
    remote = build(limits={"read_s": 600.0, "fetch_s": 600.0})
    assert remote.fetch(origin.url("/a"), deadline).body == b"image"
    assert remote.fetch(origin.url("/c"), deadline).body == b"image"
