"""Objects that are kept for a limited time: which of them are removed, and when."""

from __future__ import annotations

import io
import os
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from app import create_app
from app.container import Container
from app.core.deadline import Deadline
from app.core.errors import StorageUnavailable
from app.events.schedule import purge_expired
from app.runtime.log import Log
from app.runtime.storage_failures import StorageFailures
from app.service import Purge
from app.service.purge import Aged
from app.storage import Storage, files, keys
from app.storage.local import LocalStorage
from measurement.lambda_context import LambdaContext
from tests.conftest import FakeClock, MakeS3Storage
from tests.support import drawing
from tests.support.call_counts import counted
from tests.support.http_client import put
from tests.support.s3.server import S3
from tests.support.use_cases import upload
from tests.support.watched_storage import WatchedStorage

DAY_S = 24 * 3600
KEYS = ["derived/a/1", "derived/b/2", "inbox/a.jpg", "incoming/a", "jobs/a", "originals/a", "resized/480-a.jpg"]


def fill(storage: Storage, names: Iterable[str] = KEYS) -> None:
    for key in names:
        storage.put(key, b"x", media_type="image/png")


def encoded_photo(seed: int) -> bytes:
    return drawing.encoded(drawing.photo(40, 30, seed=seed), "JPEG")


def unexpected(image_id: str) -> None:
    raise AssertionError(f"{image_id} was to be kept")


def new_purge(storage: Storage, now: Callable[[], float]) -> Purge:
    failures = StorageFailures(Log("error", stream=io.StringIO()))
    return Purge(storage=storage, failures=failures, now=now, derived_days=30.0, delete_image=unexpected)


def directory(purge: Purge) -> Path:
    root: Path = purge.storage.inner._root  # type: ignore[attr-defined]
    return root


@pytest.fixture
def purge(watched: WatchedStorage, clock: FakeClock) -> Purge:
    clock.seconds = time.time()
    fill(watched)
    return new_purge(watched, clock)


def test_results_are_removed_at_the_age_that_the_setting_says(purge: Purge, clock: FakeClock) -> None:
    clock.advance(30 * DAY_S - 100)
    assert purge.derived() == 0
    clock.advance(200)
    assert purge.derived() == 2
    assert purge.derived() == 0
    assert list(purge.storage.keys("")) == KEYS[2:]


def test_the_age_counts_from_the_last_write(purge: Purge, tmp_path: Path, clock: FakeClock) -> None:
    for key in KEYS[:2]:
        os.utime(tmp_path / "storage" / key, 2 * (clock.seconds - 31 * DAY_S,))
    fill(purge.storage, KEYS[:1])
    assert purge.derived() == 1
    assert purge.storage.get(KEYS[0]) == b"x"


@pytest.mark.parametrize(
    ("days", "gone"),
    [(0.9, []), (1.1, ["incoming/a"]), (6.9, ["incoming/a"]), (7.1, ["incoming/a", "jobs/a"])],
)
@pytest.mark.parametrize("remove", [Purge.leftovers, Purge.some_leftovers])
def test_uploads_live_a_day_and_jobs_a_week(
    purge: Purge, clock: FakeClock, remove: Callable[[Purge], int], days: float, gone: list[str]
) -> None:
    clock.advance(days * DAY_S)
    assert remove(purge) == len(gone)
    assert list(purge.storage.keys("")) == [key for key in KEYS if key not in gone]


def test_each_call_looks_at_a_few_objects_and_many_calls_at_all(purge: Purge, clock: FakeClock) -> None:
    """New receipts keep arriving between the calls; the old ones must not wait for them."""
    fill(purge.storage, [f"incoming/{number}.done" for number in range(450)])
    fill(purge.storage, [f"jobs/of/{number}/job" for number in range(150)])
    clock.advance(8 * DAY_S)
    removed = []
    for turn in range(20):
        for young in (f"incoming/young{turn}-{number}.done" for number in range(3)):
            purge.storage.put(young, b"x", media_type="text/plain")
            os.utime(directory(purge) / young, 2 * (clock.seconds,))
        removed.append(purge.some_leftovers())
    assert max(removed) <= 100
    assert sum(removed) == 602
    left = [key for key in purge.storage.keys("") if key.startswith(("incoming/", "jobs/"))]
    assert left == sorted(f"incoming/young{turn}-{number}.done" for turn in range(20) for number in range(3))
    assert not list((directory(purge) / "jobs" / "of").iterdir()), "empty directories would have to be walked for ever"


def test_a_call_does_not_read_the_whole_list(purge: Purge, watched: WatchedStorage) -> None:
    fill(watched, [f"incoming/{number}.done" for number in range(300)])
    with counted(files.walk, LocalStorage.stat) as calls:
        purge.some_leftovers()
    assert calls["walk"] < 150


def test_two_threads_do_not_walk_at_once(purge: Purge) -> None:
    fill(purge.storage, [f"incoming/{number}.done" for number in range(10)])
    seen: list[int] = []

    def begin() -> Iterator[Aged]:
        seen.append(len(purge.sweep.step(begin)))  # what another thread would get now
        yield from ()

    assert purge.sweep.step(begin) == []
    assert seen == [0]


def test_in_a_bucket_lifecycle_rules_remove_leftovers(make_s3_storage: MakeS3Storage, s3: S3, clock: FakeClock) -> None:
    storage = WatchedStorage(make_s3_storage(s3))
    fill(storage)
    storage.calls.clear()
    purge = new_purge(storage, lambda: time.time() + 400 * DAY_S)
    assert purge.leftovers() == purge.some_leftovers() == 0
    assert not storage.calls, "a listing of the bucket would cost money each time"
    assert purge.derived() == 2


def test_a_job_that_is_requested_again_during_the_purge_stays(purge: Purge, clock: FakeClock) -> None:
    clock.advance(8 * DAY_S)

    def progress(old: list[str]) -> Iterator[str]:
        for key in old:
            if key == "jobs/a":
                fill(purge.storage, [key])
                os.utime(directory(purge) / key, 2 * (clock.seconds,))
            yield key

    assert purge.leftovers(progress) == 1
    assert purge.storage.get("jobs/a") == b"x"


def test_a_storage_that_fails_is_reported(purge: Purge, watched: WatchedStorage) -> None:
    watched.before = refuse("entries", "")
    for remove in (purge.derived, purge.leftovers):
        with pytest.raises(StorageUnavailable):
            remove()


def refuse(refused: str, part: str) -> Callable[[str, str], None]:
    def before(method: str, key: str) -> None:
        if method == refused and part in key:
            raise StorageUnavailable("the disk is gone")

    return before


@pytest.mark.parametrize(
    ("refused", "part", "gone"),
    [("delete", "jobs/a", ["incoming/a", "jobs/b"]), ("entries", "jobs/", ["incoming/a"]), ("entries", "", [])],
)
def test_a_leftover_that_cannot_be_removed_is_passed_over(
    purge: Purge, watched: WatchedStorage, clock: FakeClock, refused: str, part: str, gone: list[str]
) -> None:
    fill(watched, ["jobs/b"])
    clock.advance(8 * DAY_S)
    watched.before = refuse(refused, part)
    assert purge.some_leftovers() == len(gone)
    assert purge.failures.count > 0
    assert list(watched.inner.keys("")) == sorted({*KEYS, "jobs/b"} - set(gone))


@pytest.mark.parametrize(("refused", "part"), [("delete", "incoming/"), ("entries", "")])
def test_requests_that_meet_such_a_leftover_are_served(
    make_container: Callable[..., Container], watched: WatchedStorage, refused: str, part: str
) -> None:
    fill(watched, ["incoming/a"])
    container = make_container(stored_in=watched, now=lambda: time.time() + 2 * DAY_S)
    client = create_app(container).test_client()
    watched.before = refuse(refused, part)
    announced = client.post("/upload/presign", json={"content_type": "image/jpeg", "bytes": 9})
    deferred = client.post("/resize?width=20", data=encoded_photo(1), headers={"Prefer": "respond-async"})
    assert (announced.status_code, deferred.status_code) == (200, 202)
    assert container.services.health.report().storage.failures > 0


@pytest.mark.parametrize("kind", ["directory", "s3"])
def test_images_expire_with_everything_made_from_them(
    make_container: Callable[..., Container], make_s3_storage: MakeS3Storage, s3: S3, kind: str
) -> None:
    storage = {"stored_in": make_s3_storage(s3)} if kind == "s3" else {}
    clock = FakeClock(time.time())
    container = make_container(retention_days=7, now=clock, **storage)
    client = create_app(container).test_client()
    image_id = put(client, drawing.encoded(drawing.photo(40, 30), "JPEG"))
    assert client.get(f"/resize?id={image_id}&width=20").status_code == 200
    kept = container.backends.storage
    assert len(list(kept.keys("originals/"))) == len(list(kept.keys("derived/"))) == 1
    clock.advance(7 * DAY_S - 100)
    assert purge_expired(container, {}, LambdaContext()) == {"status": 200, "purged": 0, "deleted": 0}
    clock.advance(200)
    assert purge_expired(container, {}, LambdaContext()) == {"status": 200, "purged": 0, "deleted": 1}
    assert [*kept.keys("originals/"), *kept.keys("derived/")] == []
    assert client.get(f"/resize?id={image_id}&width=20").status_code == 404


@pytest.mark.parametrize(("results", "jobs", "calls"), [(0, 0, 5), (3, 0, 6), (0, 3, 7)])
def test_an_image_in_a_bucket_takes_a_few_calls_however_much_was_made_from_it(
    make_container: Callable[..., Container], make_s3_storage: MakeS3Storage, results: int, jobs: int, calls: int
) -> None:
    image_id = "0" * 32
    made = [keys.derived(image_id, str(number)) for number in range(results)]
    made += [
        key for number in range(jobs) for key in (keys.job(f"{number:032}"), keys.job_of(image_id, f"{number:032}"))
    ]
    with S3() as server:
        storage = make_s3_storage(server)
        fill(storage, [keys.original(image_id), *made])
        container = make_container(retention_days=7, now=lambda: time.time() + 8 * DAY_S, stored_in=storage)
        before = len(server.requests)
        assert container.services.purge.images() == 1
        assert len(server.requests) - before == 1 + calls, "one of them lists the images"
        assert list(storage.keys("")) == []


@pytest.mark.parametrize("remove", [Purge.derived, lambda purge: purge.until(Deadline.after(60)).results])
def test_results_in_a_bucket_are_listed_and_deleted_a_thousand_at_once(
    make_s3_storage: MakeS3Storage, remove: Callable[[Purge], int]
) -> None:
    with S3() as server:
        storage = make_s3_storage(server)
        fill(storage, [keys.derived(f"{number:032x}", "1") for number in range(30)])
        before = len(server.requests)
        assert remove(new_purge(storage, lambda: time.time() + 31 * DAY_S)) == 30
        assert len(server.requests) - before == 2


def test_an_image_that_is_stored_anew_during_the_purge_stays(make_container: Callable[..., Container]) -> None:
    """Somebody deletes and uploads the second image while the first is deleted."""
    container = make_container(retention_days=7)
    images = container.services.images
    photos = {images.identify(photo): photo for photo in (encoded_photo(seed) for seed in (1, 2))}
    for photo in photos.values():
        path = Path(container.settings.storage) / keys.original(upload(container, photo))
        os.utime(path, 2 * (time.time() - 8 * DAY_S,))
    stored_anew: list[str] = []

    def progress(old: list[str]) -> Iterator[str]:
        first, second = old
        yield first
        image_id = second.removeprefix(keys.ORIGINALS)
        images.delete(image_id)
        stored_anew.append(upload(container, photos[image_id]))
        yield second

    assert container.services.purge.images(progress) == 1
    assert [image.id for image in images.list_after("", 9)] == stored_anew


def test_images_are_kept_unless_the_setting_says_otherwise(purge: Purge, clock: FakeClock) -> None:
    clock.advance(10_000 * DAY_S)
    assert purge.images() == 0
    assert purge.storage.get("originals/a") == b"x"
