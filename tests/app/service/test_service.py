"""The use cases where time and other containers matter: deletes that race, memories that age, urls asked again."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from app import service
from app.container import Container
from app.deadline import Deadline, Stopwatch
from app.errors import NotFound, SourceBlocked, SourceNotFound
from app.options import parse
from app.service import RenderSpec, RequestContext, Result
from tests.conftest import FakeClock
from tests.support import drawing
from tests.support.asking import hand_in
from tests.support.origin import Origin, conditional, ok, redirect, status
from tests.support.watched import Watched

Make = Callable[..., Container]
LOOPBACK = ("127.0.0.0/8",)
PHOTO = drawing.encoded(drawing.photo(160, 120), "JPEG")
OTHER = drawing.encoded(drawing.photo(120, 90, seed=2), "JPEG")
SMALL = RenderSpec(parse([("width", "40")]), persist=True)


def turn() -> RequestContext:
    return RequestContext(Deadline.after(30), Stopwatch())


def stored(container: Container, data: bytes = PHOTO) -> str:
    return service.upload(container.tools, turn(), data)[0].id


def resize(container: Container, image_id: str, wanted: RenderSpec = SMALL) -> Result:
    source = service.stored_source(container.tools, turn(), image_id)
    return service.resize(container.tools, turn(), source, wanted)


def resize_url(container: Container, url: str, wanted: RenderSpec = SMALL) -> Result:
    source = service.url_source(container.tools, turn(), url, container.access.permit_any)
    return service.resize(container.tools, turn(), source, wanted)


def asked(origin: Origin) -> list[str | None]:
    """Return the condition of each request that reached the origin."""
    return [request.headers.get("if-none-match") for request in origin.requests]


def test_same_bytes_are_one_image(make_container: Make) -> None:
    container, other = make_container(), make_container()
    (first, new), (again, still_new) = (service.upload(each.tools, turn(), PHOTO) for each in (container, other))
    assert first == again
    assert (new, still_new) == (True, False)


@pytest.mark.parametrize("moment", ["before put", "after put"])
def test_resize_that_runs_during_a_delete_leaves_nothing(make_container: Make, moment: str) -> None:
    """Another container deletes while this one holds the decoded image; what it writes then is taken back."""
    container, other = make_container(), make_container()
    image_id = stored(container)
    service.stored_source(container.tools, turn(), image_id)
    once = threading.Lock()

    def before(method: str, key: str) -> None:
        reached = {"before put": method == "put", "after put": method == "stat"}[moment]
        if reached and once.acquire(blocking=False):
            service.delete(other.tools, image_id)

    hand_in(container, Watched(container.tools.storage, before))
    with pytest.raises(NotFound):
        resize(container, image_id)
    assert not [key for key in other.tools.storage.keys("") if image_id in key]
    assert container.tools.cache.stats().entries == 0


def test_delete_while_threads_resize(make_container: Make) -> None:
    """The same with real threads: a resize stands between reading and writing until the delete is done."""
    container = make_container()
    image_id = stored(container)
    read, deleted = threading.Event(), threading.Event()

    def before(method: str, key: str) -> None:
        if method == "put":
            read.set()
            deleted.wait(10)

    plain = container.tools
    hand_in(container, Watched(plain.storage, before))
    raised: list[Exception] = []

    def work() -> None:
        try:
            resize(container, image_id)
        except NotFound as exc:
            raised.append(exc)

    thread = threading.Thread(target=work)
    thread.start()
    assert read.wait(10)
    service.delete(plain, image_id)
    deleted.set()
    thread.join(10)
    assert len(raised) == 1
    assert not [key for key in plain.storage.keys("") if image_id in key]
    assert plain.cache.stats().entries == 0


def test_other_containers_forget_a_deleted_image_in_time(make_container: Make, clock: FakeClock) -> None:
    container, other = make_container(), make_container(clock=clock, recheck_s=30.0)
    image_id = stored(container)
    resize(other, image_id)
    service.delete(container.tools, image_id)
    clock.advance(29)
    assert resize(other, image_id).cache == "memory"
    clock.advance(2)
    with pytest.raises(NotFound):
        resize(other, image_id)
    assert other.tools.cache.stats().entries == 0


def test_a_known_image_is_not_looked_up_each_time(make_container: Make, clock: FakeClock) -> None:
    container = make_container(clock=clock)
    image_id = stored(container)
    watched = Watched(container.tools.storage)
    hand_in(container, watched)
    for _ in range(5):
        resize(container, image_id)
    before = watched.calls["stat"]
    resize(container, image_id)
    assert watched.calls["stat"] == before
    assert before <= 2


def test_deleted_and_uploaded_again(make_container: Make) -> None:
    container = make_container()
    image_id = stored(container)
    resize(container, image_id)
    service.delete(container.tools, image_id)
    assert service.upload(container.tools, turn(), PHOTO)[1] is True
    assert resize(container, image_id).cache == "miss"


def test_only_persisted_results_reach_storage(make_container: Make) -> None:
    container = make_container()
    image_id = stored(container)
    resize(container, image_id, RenderSpec(SMALL.options, persist=False))
    assert not list(container.tools.storage.keys("derived/"))
    resize(container, image_id, RenderSpec(parse([("width", "41")]), persist=True))
    assert len(list(container.tools.storage.keys("derived/"))) == 1


def test_accept_matters_to_auto_only() -> None:
    auto, named = parse([("format", "auto")]), parse([("format", "png")])
    assert RenderSpec(auto, ("avif",)).variant != RenderSpec(auto, ("webp",)).variant
    assert RenderSpec(named, ("avif",)).variant == RenderSpec(named, ()).variant


def test_remembered_url_is_not_asked_again(make_container: Make, origin: Origin) -> None:
    origin.routes["/a"] = ok(PHOTO)
    container = make_container(source_networks=LOOPBACK)
    states = [resize_url(container, origin.url("/a")).cache for _ in range(3)]
    assert states == ["miss", "memory", "memory"]
    assert len(origin.requests) == 1


def test_aged_url_is_asked_with_its_validator(make_container: Make, origin: Origin, clock: FakeClock) -> None:
    origin.routes["/a"] = conditional('"one"', PHOTO)
    container = make_container(source_networks=LOOPBACK, clock=clock, url_max_age_s=60.0)
    resize_url(container, origin.url("/a"))
    clock.advance(61)
    assert resize_url(container, origin.url("/a")).cache == "memory"
    assert asked(origin) == [None, '"one"']
    clock.advance(59)
    resize_url(container, origin.url("/a"))
    assert len(origin.requests) == 2, "an answer of 304 makes the memory young again"


def test_aged_url_that_changed_gives_the_new_image(make_container: Make, origin: Origin, clock: FakeClock) -> None:
    origin.routes["/a"] = conditional('"one"', PHOTO)
    container = make_container(source_networks=LOOPBACK, clock=clock, url_max_age_s=60.0)
    old = resize_url(container, origin.url("/a"))
    origin.routes["/a"] = conditional('"two"', OTHER)
    assert resize_url(container, origin.url("/a")).identity == old.identity
    clock.advance(61)
    new = resize_url(container, origin.url("/a"))
    assert (new.cache, new.identity != old.identity, new.body != old.body) == ("miss", True, True)


def test_unchanged_url_whose_bytes_are_needed_again(make_container: Make, origin: Origin, clock: FakeClock) -> None:
    """The origin says 304, but another size is wanted and the bytes were not kept."""
    origin.routes["/a"] = conditional('"one"', PHOTO)
    container = make_container(source_networks=LOOPBACK, clock=clock, url_max_age_s=60.0)
    resize_url(container, origin.url("/a"))
    clock.advance(61)
    result = resize_url(container, origin.url("/a"), RenderSpec(parse([("width", "50")])))
    assert drawing.opened(result.body).width == 50
    assert asked(origin) == [None, '"one"', None]


def test_url_without_validator_is_known_by_its_content(make_container: Make, origin: Origin, clock: FakeClock) -> None:
    origin.routes["/a"] = ok(PHOTO)
    container = make_container(source_networks=LOOPBACK, clock=clock, url_max_age_s=60.0)
    resize_url(container, origin.url("/a"))
    clock.advance(61)
    assert resize_url(container, origin.url("/a")).cache == "memory"
    assert len(origin.requests) == 2


def test_aged_url_that_is_gone(make_container: Make, origin: Origin, clock: FakeClock) -> None:
    origin.routes["/a"] = ok(PHOTO)
    container = make_container(source_networks=LOOPBACK, clock=clock, url_max_age_s=60.0)
    resize_url(container, origin.url("/a"))
    origin.routes["/a"] = status(410)
    clock.advance(61)
    with pytest.raises(SourceNotFound):
        resize_url(container, origin.url("/a"))


def test_what_one_caller_may_fetch_is_not_given_to_another(make_container: Make, origin: Origin) -> None:
    """A url that a key holder fetched is remembered, with where it led; a stranger still may not have it."""
    origin.routes |= {"/go": redirect("/a"), "/a": ok(PHOTO)}
    container = make_container(source_networks=LOOPBACK)
    resize_url(container, origin.url("/go"))

    def only_first(url: str) -> None:
        if not url.endswith("/go"):
            raise SourceBlocked("not on the list")

    with pytest.raises(SourceBlocked):
        service.url_source(container.tools, turn(), origin.url("/go"), only_first)


def test_url_and_upload_of_the_same_bytes_share_results(make_container: Make, origin: Origin) -> None:
    origin.routes["/a"] = ok(PHOTO)
    container = make_container(source_networks=LOOPBACK)
    resize_url(container, origin.url("/a"))
    assert resize(container, stored(container)).cache == "memory"


def test_broken_upload_is_not_stored(make_container: Make) -> None:
    container = make_container()
    with pytest.raises(Exception, match="broken"):
        stored(container, PHOTO[: len(PHOTO) // 2])
    assert not list(container.tools.storage.keys("originals/"))
