"""URL sources: when they are fetched again, and for whom."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime

import pytest

from app.container import Container
from app.core.errors import SourceBlocked, SourceNotFound
from app.options import parse
from app.service import RenderSpec, Result
from tests.conftest import FakeClock
from tests.support import drawing
from tests.support.origin import Exchange, Origin, Route, conditional, ok, raw, redirect, status
from tests.support.threads import run_concurrently
from tests.support.use_cases import PHOTO, new_context, resize_url
from tests.support.waiting import wait_until

Make = Callable[..., Container]
LOOPBACK = ("127.0.0.0/8",)
OTHER = drawing.encoded(drawing.photo(120, 90, seed=2), "JPEG")


def conditions(origin: Origin) -> list[str | None]:
    """Return the If-None-Match of each request that reached the origin."""
    return [request.headers.get("if-none-match") for request in origin.requests]


def test_a_fresh_url_is_not_fetched_again(make_container: Make, origin: Origin) -> None:
    origin.routes["/a"] = ok(PHOTO)
    container = make_container(source_networks=LOOPBACK)
    states = [resize_url(container, origin.url("/a")).cache for _ in range(3)]
    assert states == ["miss", "memory", "memory"]
    assert len(origin.requests) == 1


@pytest.mark.parametrize("header", [b'ETag: "one\n two"', b"Last-Modified: Sat,\n\t21 Nov 2026 00:00:00 GMT"])
def test_a_url_with_a_folded_validator_is_fetched_again_without_it(
    make_container: Make, origin: Origin, clock: FakeClock, header: bytes
) -> None:
    """Old servers fold long headers (RFC 9112, 5.2), and no request may; urllib3 unfolds at CR LF alone."""
    origin.routes["/a"] = raw(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n%b\r\n\r\n%b" % (len(PHOTO), header, PHOTO))
    container = make_container(source_networks=LOOPBACK, now=clock, url_max_age_s=60.0)
    for _ in range(2):
        assert drawing.opened(resize_url(container, origin.url("/a")).body).width
        clock.advance(61)
    assert len(origin.requests) == 2


def hold(route: Route, started: threading.Semaphore, others: int) -> Route:
    """Return the route, which answers once ``others`` have started besides."""

    def held(exchange: Exchange) -> bool:
        for _ in range(others):
            started.acquire(timeout=30)
        time.sleep(0.2)  # by then each of them waits or has connected, too
        return route(exchange)

    return held


@pytest.mark.parametrize("etag", [None, '"one"'])
def test_a_url_that_many_name_at_once_is_fetched_once(
    make_container: Make, origin: Origin, clock: FakeClock, etag: str | None
) -> None:
    route = conditional(etag, PHOTO) if etag else ok(PHOTO)
    origin.routes["/a"] = route
    container, started = (
        make_container(source_networks=LOOPBACK, now=clock, url_max_age_s=60.0),
        threading.Semaphore(0),
    )
    if etag:  # known, and to be revalidated
        resize_url(container, origin.url("/a"))
        clock.advance(61)
    origin.requests.clear()
    origin.routes["/a"] = hold(route, started, 6)

    def request() -> Result:
        started.release()
        return resize_url(container, origin.url("/a"))

    results = run_concurrently(*[request] * 6)
    assert conditions(origin) == [etag]
    assert len({result.body for result in results}) == 1


@pytest.mark.parametrize("closed", ["/middle", "/end"])
def test_where_a_shared_fetch_led_is_permitted_to_each(make_container: Make, origin: Origin, closed: str) -> None:
    """A host that only key holders may name is not read through their request."""
    started = threading.Semaphore(0)
    origin.routes["/a"] = hold(redirect(origin.url("/middle")), started, 1)
    origin.routes |= {"/middle": redirect(origin.url("/end")), "/end": ok(PHOTO)}
    container = make_container(source_networks=LOOPBACK)

    def permit(url: str) -> None:
        if url.endswith(closed):
            raise SourceBlocked(closed)

    def stranger() -> str:
        wait_until(lambda: len(origin.requests) == 1)
        started.release()
        with pytest.raises(SourceBlocked, match=closed):
            container.services.sources.from_url(new_context(), origin.url("/a"), permit)
        return "blocked"

    assert run_concurrently(lambda: resize_url(container, origin.url("/a")).cache, stranger) == ["miss", "blocked"]
    with pytest.raises(SourceBlocked, match=closed):  # nor once it is known
        container.services.sources.from_url(new_context(), origin.url("/a"), permit)


def test_a_stale_url_is_revalidated(make_container: Make, origin: Origin, clock: FakeClock) -> None:
    origin.routes["/a"] = conditional('"one"', PHOTO)
    container = make_container(source_networks=LOOPBACK, now=clock, url_max_age_s=60.0)
    resize_url(container, origin.url("/a"))
    clock.advance(61)
    assert resize_url(container, origin.url("/a")).cache == "memory"
    assert conditions(origin) == [None, '"one"']
    clock.advance(59)
    resize_url(container, origin.url("/a"))
    assert len(origin.requests) == 2, "an answer of 304 makes it fresh again"


def test_a_stale_url_that_changed_gives_the_new_image(make_container: Make, origin: Origin, clock: FakeClock) -> None:
    origin.routes["/a"] = conditional('"one"', PHOTO)
    container = make_container(source_networks=LOOPBACK, now=clock, url_max_age_s=60.0)
    old = resize_url(container, origin.url("/a"))
    origin.routes["/a"] = conditional('"two"', OTHER)
    assert resize_url(container, origin.url("/a")).identity == old.identity
    clock.advance(61)
    new = resize_url(container, origin.url("/a"))
    assert (new.cache, new.identity != old.identity, new.body != old.body) == ("miss", True, True)


def test_an_unchanged_url_is_fetched_whole_when_its_bytes_are_needed(
    make_container: Make, origin: Origin, clock: FakeClock
) -> None:
    """The origin says 304, but another width is requested and the bytes were not kept."""
    origin.routes["/a"] = conditional('"one"', PHOTO)
    container = make_container(source_networks=LOOPBACK, now=clock, url_max_age_s=60.0)
    resize_url(container, origin.url("/a"))
    clock.advance(61)
    result = resize_url(container, origin.url("/a"), RenderSpec(parse([("width", "50")])))
    assert drawing.opened(result.body).width == 50
    assert conditions(origin) == [None, '"one"', None]


def test_a_url_without_validator_is_known_by_its_content(
    make_container: Make, origin: Origin, clock: FakeClock
) -> None:
    origin.routes["/a"] = ok(PHOTO)
    container = make_container(source_networks=LOOPBACK, now=clock, url_max_age_s=60.0)
    resize_url(container, origin.url("/a"))
    clock.advance(61)
    assert resize_url(container, origin.url("/a")).cache == "memory"
    assert len(origin.requests) == 2


def test_an_answer_without_validators_has_not_those_of_the_one_before(
    make_container: Make, origin: Origin, clock: FakeClock
) -> None:
    """One server of several behind a URL sends none; a later 304 would confirm its bytes for those of another."""
    container = make_container(source_networks=LOOPBACK, now=clock, url_max_age_s=60.0)
    bodies = []
    for route in (conditional('"one"', PHOTO), ok(OTHER), conditional('"one"', PHOTO)):
        origin.routes["/a"] = route
        bodies.append(resize_url(container, origin.url("/a")).body)
        clock.advance(61)
    first, changed, changed_back = bodies
    assert first == changed_back != changed
    assert conditions(origin) == [None, '"one"', None]


def test_a_304_may_leave_out_the_validators(make_container: Make, origin: Origin, clock: FakeClock) -> None:
    container = make_container(source_networks=LOOPBACK, now=clock, url_max_age_s=60.0)
    for route in (conditional('"one"', PHOTO), status(304, b""), conditional('"one"', PHOTO)):
        origin.routes["/a"] = route
        resize_url(container, origin.url("/a"))
        clock.advance(61)
    assert conditions(origin) == [None, '"one"', '"one"']


def dated(body: bytes, modified: str) -> Route:
    """Answer 304 to whoever has a version of that day or a later one, else 200."""

    def route(exchange: Exchange) -> bool:
        since = exchange.request.headers.get("if-modified-since")
        unchanged = since and parsedate_to_datetime(modified) <= parsedate_to_datetime(since)
        return (status(304, b"") if unchanged else ok(body, Last_Modified=modified))(exchange)

    return route


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (dated(PHOTO, "Tue, 24 Nov 2026 00:00:00 GMT"), dated(OTHER, "Mon, 23 Nov 2026 00:00:00 GMT")),
        (conditional('"1"', PHOTO), conditional('"1"', OTHER)),
    ],
)
def test_a_redirect_that_leads_elsewhere_gives_what_is_there(
    make_container: Make, origin: Origin, clock: FakeClock, old: Route, new: Route
) -> None:
    """Its older or equal version is another one: validators say nothing of another URL."""
    origin.routes |= {"/latest": redirect("/files?name=a"), "/files": old}
    container = make_container(source_networks=LOOPBACK, now=clock, url_max_age_s=60.0)
    before = resize_url(container, origin.url("/latest"))
    origin.routes |= {"/latest": redirect("/files?name=b"), "/files": new}
    clock.advance(61)
    after = resize_url(container, origin.url("/latest"))
    assert (after.cache, after.identity != before.identity) == ("miss", True)


def test_a_redirect_is_revalidated_where_it_leads(make_container: Make, origin: Origin, clock: FakeClock) -> None:
    """Only there: a server that redirects would confirm with a 304 that it still does so."""
    origin.routes |= {"/latest": redirect("/a"), "/a": conditional('"1"', PHOTO)}
    container = make_container(source_networks=LOOPBACK, now=clock, url_max_age_s=60.0)
    resize_url(container, origin.url("/latest"))
    clock.advance(61)
    assert resize_url(container, origin.url("/latest")).cache == "memory"
    assert conditions(origin) == [None, None, None, '"1"']


def test_a_stale_url_that_is_gone(make_container: Make, origin: Origin, clock: FakeClock) -> None:
    origin.routes["/a"] = ok(PHOTO)
    container = make_container(source_networks=LOOPBACK, now=clock, url_max_age_s=60.0)
    resize_url(container, origin.url("/a"))
    origin.routes["/a"] = status(410)
    clock.advance(61)
    with pytest.raises(SourceNotFound):
        resize_url(container, origin.url("/a"))


def test_a_remembered_redirect_is_authorized_for_each_caller(make_container: Make, origin: Origin) -> None:
    """A URL that a key holder fetched is remembered, with where it led; a stranger still may not have it."""
    origin.routes |= {"/go": redirect("/a"), "/a": ok(PHOTO)}
    container = make_container(source_networks=LOOPBACK)
    resize_url(container, origin.url("/go"))

    def only_first(url: str) -> None:
        if not url.endswith("/go"):
            raise SourceBlocked("not on the list")

    with pytest.raises(SourceBlocked):
        container.services.sources.from_url(new_context(), origin.url("/go"), only_first)
