"""Results: where they are kept, and for whom."""

from __future__ import annotations

import io
import json
import threading
import time
from collections.abc import Callable

import pytest

from app.container import Container
from app.core.deadline import Deadline, Stopwatch
from app.core.errors import NotFound, StorageUnavailable
from app.options import parse
from app.runtime.log import Log
from app.service import RenderSpec, RequestContext, Result
from app.storage import Storage, keys
from tests.support.origin import Origin, ok
from tests.support.threads import run_concurrently
from tests.support.use_cases import PHOTO, SMALL, new_context, resize, resize_url, upload
from tests.support.watched_storage import WatchedStorage

Make = Callable[..., Container]
DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda body: b"",
    "cut": lambda body: body[: len(body) // 2],
    "zeros": lambda body: bytes(len(body)),
    "something else": lambda body: b"<Error>",
}


@pytest.fixture(params=["local", "s3"])
def two(request: pytest.FixtureRequest, make_container: Make) -> list[Container]:
    """Return two containers on one storage, a directory or a bucket."""
    bucket: Storage | None = None
    if request.param == "s3":
        bucket = request.getfixturevalue("make_s3_storage")(request.getfixturevalue("s3"))
    return [make_container(stored_in=bucket) for _ in range(2)]


def test_only_persisted_results_reach_storage(make_container: Make) -> None:
    container = make_container()
    image_id = upload(container)
    resize(container, image_id, RenderSpec(SMALL.options, persist=False))
    assert not list(container.backends.storage.keys("derived/"))
    resize(container, image_id, RenderSpec(parse([("width", "41")]), persist=True))
    assert len(list(container.backends.storage.keys("derived/"))) == 1


def test_a_url_does_not_tell_that_an_upload_of_the_same_bytes_is_stored(make_container: Make, origin: Origin) -> None:
    origin.routes["/a"] = origin.routes["/b"] = ok(PHOTO)
    container, other = (
        make_container(source_networks=("127.0.0.0/8",)),
        make_container(source_networks=("127.0.0.0/8",)),
    )
    stored = resize(container, upload(container))
    for each in (container, other):
        fetched = resize_url(each, origin.url("/a"), RenderSpec(SMALL.options))
        assert fetched.cache == "miss"
        assert fetched.identity != stored.identity
    assert resize_url(container, origin.url("/b")).cache == "memory", "two URLs of the same bytes share results"


def refuse(*refused: str) -> Callable[[str, str], None]:
    """Return what makes these calls fail below ``derived/``, as a full disk, a read-only one and a policy do."""

    def before(method: str, key: str) -> None:
        if method in refused and key.startswith(keys.DERIVED):
            raise StorageUnavailable("the disk is full")

    return before


def test_a_result_that_cannot_be_kept_is_answered_and_counted(make_container: Make, watched: WatchedStorage) -> None:
    stream = io.StringIO()
    container = make_container(stored_in=watched, log=Log("info", stream=stream))
    image_id = upload(container)
    watched.before = refuse("put")
    assert resize(container, image_id).cache == "miss"
    assert container.services.health.report().storage.failures == 1
    assert json.loads(stream.getvalue()) == {
        "level": "warning", "event": "storage_failure", "what": "keep a result", "detail": "the disk is full",
    }  # fmt: skip
    assert not list(watched.keys("derived/"))


def test_a_result_that_cannot_be_looked_up_is_made(
    make_container: Make, watched: WatchedStorage, origin: Origin
) -> None:
    origin.routes["/a"] = ok(PHOTO)
    container = make_container(stored_in=watched, source_networks=("127.0.0.0/8",))
    watched.before = refuse("get", "put")
    assert resize_url(container, origin.url("/a")).cache == "miss"
    assert container.services.health.report().storage.failures == 2


def test_a_result_that_must_be_kept_is_no_success_without(make_container: Make, watched: WatchedStorage) -> None:
    """A redirect to a result that is not there would be a lie."""
    container = make_container(stored_in=watched)
    result = resize(container, upload(container), RenderSpec(SMALL.options))
    watched.before = refuse("put")
    with pytest.raises(StorageUnavailable):
        container.services.results.store(new_context(), result, SMALL)


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_result_is_made_again_and_replaced(two: list[Container], damage: Callable[[bytes], bytes]) -> None:
    first, other = two
    image_id = upload(first)
    whole, storage = resize(first, image_id).body, first.backends.storage
    (key,) = storage.keys("derived/")
    storage.put(key, damage(whole), media_type="image/jpeg")
    healed = resize(other, image_id)
    assert (healed.cache, healed.body, storage.get(key)) == ("miss", whole, whole)


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_nobody_is_sent_to_a_damaged_result(two: list[Container], damage: Callable[[bytes], bytes]) -> None:
    container = two[0]
    image_id, storage = upload(container), container.backends.storage
    result = resize(container, image_id)
    (key,) = storage.keys("derived/")
    storage.put(key, damage(result.body)[:-1], media_type="image/jpeg")
    container.services.results.store(new_context(), result, SMALL)
    assert storage.get(key) == result.body


def test_a_result_that_outlived_its_image_in_memory_is_not_stored_again(two: list[Container]) -> None:
    first, other = two
    image_id = upload(first)
    resize(first, image_id)
    other.services.images.delete(image_id)
    remembered = resize(first, image_id)
    assert remembered.cache == "memory"
    with pytest.raises(NotFound):
        first.services.results.store(new_context(), remembered, SMALL)
    assert not list(first.backends.storage.keys("derived/"))
    with pytest.raises(NotFound):
        resize(first, image_id)


def test_equal_requests_at_once_are_rendered_once(make_container: Make, watched: WatchedStorage) -> None:
    container = make_container(stored_in=watched)
    image_id, others = upload(container), threading.Semaphore(0)

    def hold_the_first(method: str, key: str) -> None:
        if method == "get" and key.startswith(keys.ORIGINALS):
            for _ in range(8):
                others.acquire(timeout=30)
            time.sleep(0.2)  # by then each of them waits or renders, too

    def request() -> Result:
        others.release()
        return resize(container, image_id)

    watched.calls.clear()
    watched.before = hold_the_first
    results = run_concurrently(*[request] * 8)
    assert sorted(result.cache for result in results) == [*["memory"] * 7, "miss"]
    assert len({result.body for result in results}) == 1
    assert watched.calls["put"] == 1, "and kept once"


def test_a_job_is_not_waited_for(make_container: Make, watched: WatchedStorage) -> None:
    """It may take minutes, and a request has seconds."""
    container = make_container(stored_in=watched)
    image_id = upload(container)
    deferred = RequestContext(Deadline.after(30, deferred=True), Stopwatch())
    source = container.services.sources.stored(deferred, image_id)
    inner: list[Result] = []

    def request(method: str, key: str) -> None:
        if method == "get" and key.startswith(keys.ORIGINALS):
            watched.passes()
            inner.append(resize(container, image_id))

    watched.before = request
    outer = container.services.results.resize(deferred, source, SMALL)
    assert [outer.cache, inner[0].cache] == ["miss", "miss"]
