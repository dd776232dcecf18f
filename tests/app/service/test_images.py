"""Stored images: stored once, and deleted with everything made from them, even while a resize is running."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress

import pytest

from app.container import Container
from app.core.errors import NotFound, ServiceError, StorageUnavailable, Unavailable
from app.options import parse
from app.service import RenderSpec
from app.storage import keys
from tests.conftest import FakeClock
from tests.support.use_cases import PHOTO, new_context, resize, upload
from tests.support.watched_storage import WatchedStorage

Make = Callable[..., Container]
OTHER = RenderSpec(parse([("width", "41")]), persist=True)


def test_same_bytes_are_one_image(make_container: Make) -> None:
    container, other = make_container(), make_container()
    (first, is_new), (again, still_new) = (
        each.services.images.upload(new_context(), PHOTO) for each in (container, other)
    )
    assert first == again
    assert (is_new, still_new) == (True, False)


@pytest.mark.parametrize("kept", [0, 100])
def test_a_damaged_original_is_replaced_when_it_is_uploaded_again(make_container: Make, kept: int) -> None:
    container = make_container()
    image_id = upload(container)
    container.backends.storage.put(f"originals/{image_id}", PHOTO[:kept], media_type="image/jpeg")
    image, is_new = container.services.images.upload(new_context(), PHOTO)
    assert (image.id, image.bytes, is_new) == (image_id, len(PHOTO), False)
    assert container.services.images.read(image_id) == PHOTO


@pytest.mark.parametrize("moment", ["before put", "after put"])
def test_resize_that_runs_during_a_delete_leaves_nothing(
    make_container: Make, watched: WatchedStorage, moment: str
) -> None:
    """Another container deletes while this one holds the decoded image; what it then writes is removed again."""
    container, other = make_container(stored_in=watched), make_container()
    image_id = upload(container)
    container.services.sources.stored(new_context(), image_id)
    once = threading.Lock()

    def before(method: str, key: str) -> None:
        reached = {"before put": method == "put", "after put": method == "stat"}[moment]
        if reached and once.acquire(blocking=False):
            other.services.images.delete(image_id)

    watched.before = before
    with pytest.raises(NotFound):
        resize(container, image_id)
    assert not [key for key in other.backends.storage.keys("") if image_id in key]
    assert container.services.health.cache.stats().entries == 0


@pytest.mark.parametrize("knows", [True, False])
def test_a_resize_between_the_two_deletes_leaves_nothing(
    make_container: Make, watched: WatchedStorage, knows: bool
) -> None:
    """A container that has seen the image, and one that has not, resize after the first thing is deleted."""
    container, other = make_container(stored_in=watched), make_container()
    image_id = upload(container)
    resize(container, image_id)
    if knows:
        other.services.sources.stored(new_context(), image_id)
    deletes = 0

    def before(method: str, key: str) -> None:
        nonlocal deletes
        deletes += method in ("delete", "delete_prefix")
        if deletes == 2:
            watched.passes()
            with suppress(NotFound):
                resize(other, image_id, OTHER)

    watched.before = before
    container.services.images.delete(image_id)
    assert deletes == 2
    assert not [key for key in watched.keys("") if image_id in key]


@pytest.mark.parametrize("is_new", [True, False])
def test_an_upload_that_races_a_delete_is_stored(make_container: Make, watched: WatchedStorage, is_new: bool) -> None:
    """Another container deletes the same image after this one has written it, or has seen that it is there."""
    container, other = make_container(stored_in=watched), make_container()
    image_id = container.services.images.identify(PHOTO) if is_new else upload(container)
    called: list[str] = []

    def before(method: str, key: str) -> None:
        called.append(method)
        if len(called) == 2:  # whatever it does next
            watched.passes()
            other.services.images.delete(image_id)

    watched.before = before
    image, _ = container.services.images.upload(new_context(), PHOTO)
    assert len(called) == 2
    assert (image.id, image.bytes) == (image_id, len(PHOTO))
    assert watched.get(keys.original(image_id)) == PHOTO


def test_an_upload_that_loses_every_race_is_unavailable(make_container: Make, watched: WatchedStorage) -> None:
    container = make_container(stored_in=watched)

    def before(method: str, key: str) -> None:
        if method == "stat":
            watched.inner.delete(key)

    watched.before = before
    with pytest.raises(Unavailable, match="keep deleting"):
        upload(container)


@pytest.mark.parametrize("left", [0, 1, len(PHOTO) - 100])
def test_what_is_left_of_an_original_is_an_error_that_uploading_mends(
    make_container: Make, watched: WatchedStorage, left: int
) -> None:
    container = make_container(stored_in=watched)
    image_id = upload(container)
    watched.put(keys.original(image_id), PHOTO[:left], media_type="image/jpeg")
    with pytest.raises(ServiceError) as caught:
        resize(container, image_id)
    if left == 0:
        assert isinstance(caught.value, StorageUnavailable)
        assert "upload it again" in caught.value.detail
    image, is_new = container.services.images.upload(new_context(), PHOTO)
    assert (image.id, image.bytes, is_new) == (image_id, len(PHOTO), False)
    assert resize(container, image_id).cache == "miss"


def test_delete_while_threads_resize(make_container: Make, watched: WatchedStorage) -> None:
    """The same with real threads: a resize waits between reading and writing until the delete is done."""
    container = make_container(stored_in=watched)
    image_id = upload(container)
    read, deleted = threading.Event(), threading.Event()

    def before(method: str, key: str) -> None:
        if method == "put":
            read.set()
            deleted.wait(10)

    watched.before = before
    raised: list[Exception] = []

    def work() -> None:
        try:
            resize(container, image_id)
        except NotFound as exc:
            raised.append(exc)

    thread = threading.Thread(target=work)
    thread.start()
    assert read.wait(10)
    container.services.images.delete(image_id)
    deleted.set()
    thread.join(10)
    assert len(raised) == 1
    assert not [key for key in watched.keys("") if image_id in key]
    assert container.services.health.cache.stats().entries == 0


def test_other_containers_forget_a_deleted_image_in_time(make_container: Make, clock: FakeClock) -> None:
    container, other = make_container(), make_container(now=clock, recheck_s=30.0)
    image_id = upload(container)
    resize(other, image_id)
    container.services.images.delete(image_id)
    clock.advance(29)
    assert resize(other, image_id).cache == "memory"
    clock.advance(2)
    with pytest.raises(NotFound):
        resize(other, image_id)
    assert other.services.health.cache.stats().entries == 0


def test_a_container_that_was_frozen_notices_a_deleted_image(make_container: Make, clock: FakeClock) -> None:
    """Its monotonic clock may have stood still meanwhile."""
    container, other = make_container(), make_container(clock=lambda: 1000.0, now=clock, recheck_s=30.0)
    image_id = upload(container)
    resize(other, image_id)
    container.services.images.delete(image_id)
    clock.advance(24 * 3600)
    with pytest.raises(NotFound):
        resize(other, image_id)


def test_a_known_image_is_not_looked_up_every_time(
    make_container: Make, watched: WatchedStorage, clock: FakeClock
) -> None:
    container = make_container(stored_in=watched, now=clock)
    image_id = upload(container)
    watched.calls.clear()
    for _ in range(5):
        resize(container, image_id)
    before = watched.calls["stat"]
    resize(container, image_id)
    assert watched.calls["stat"] == before
    assert before <= 2


def test_deleted_and_uploaded_again(make_container: Make) -> None:
    container = make_container()
    image_id = upload(container)
    resize(container, image_id)
    container.services.images.delete(image_id)
    assert container.services.images.upload(new_context(), PHOTO)[1] is True
    assert resize(container, image_id).cache == "miss"


def test_broken_upload_is_not_stored(make_container: Make) -> None:
    container = make_container()
    with pytest.raises(Exception, match="broken"):
        upload(container, PHOTO[: len(PHOTO) // 2])
    assert not list(container.backends.storage.keys("originals/"))


def test_an_image_deleted_while_it_is_described_is_not_found(make_container: Make, watched: WatchedStorage) -> None:
    container, other = make_container(stored_in=watched), make_container()
    image_id = upload(container)

    def before(method: str, key: str) -> None:
        if method == "stat":
            watched.passes()
            other.services.images.delete(image_id)

    watched.before = before
    with pytest.raises(NotFound):
        container.services.images.open(image_id)
