"""What a container says about its storage, its connections and its cache."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from app.container import Container
from app.core.errors import StorageUnavailable
from app.runtime.cache import ENTRY_BYTES
from app.service.health import StorageHealth
from tests.conftest import FakeClock, MakeS3Storage
from tests.support.origin import Origin, ok
from tests.support.s3.server import S3
from tests.support.use_cases import PHOTO, resize, resize_url, upload
from tests.support.watched_storage import WatchedStorage

Make = Callable[..., Container]


def test_a_directory_has_no_connections_but_those_to_sources(make_container: Make, origin: Origin) -> None:
    origin.routes["/a"] = ok(PHOTO)
    container = make_container(source_networks=("127.0.0.0/8",))
    resize_url(container, origin.url("/a"))
    report = container.services.health.report()
    assert report.storage == StorageHealth("local", True, 0)
    assert report.ok
    assert set(report.pools) == {"http"}
    assert (report.pools["http"].opened, report.pools["http"].requests) == (1, 1)


def test_the_pool_of_a_bucket_is_counted_too(make_container: Make, make_s3_storage: MakeS3Storage, s3: S3) -> None:
    report = make_container(stored_in=make_s3_storage(s3)).services.health.report()
    assert report.storage == StorageHealth("s3", True, 0)
    assert report.pools["s3"].requests == 2, "a write and a delete, to see whether the bucket works"


def test_the_cache_counts_what_it_had(make_container: Make) -> None:
    container = make_container()
    image_id = upload(container)
    for _ in range(3):
        body = resize(container, image_id).body
    cache = container.services.health.report().cache
    assert (cache.entries, cache.bytes, cache.hits) == (1, len(body) + ENTRY_BYTES, 2)


def test_a_storage_that_does_not_work_is_no_error(make_container: Make) -> None:
    container = make_container()
    shutil.rmtree(Path(container.settings.storage))
    report = container.services.health.report()
    assert report.storage == StorageHealth("local", False, 0)
    assert not report.ok


def test_a_bucket_that_works_is_not_written_to_for_everybody_who_asks(
    make_container: Make, make_s3_storage: MakeS3Storage, s3: S3, clock: FakeClock
) -> None:
    health = make_container(stored_in=make_s3_storage(s3), now=clock).services.health
    asked = [health.report().pools["s3"].requests for _ in range(5)]
    clock.advance(31)
    assert [*asked, health.report().pools["s3"].requests] == [2] * 5 + [4]


def test_a_failure_is_seen_at_once_and_so_is_its_end(make_container: Make, watched: WatchedStorage) -> None:
    container = make_container(stored_in=watched)
    health, storage = container.services.health, Path(container.settings.storage)
    assert health.report().ok
    storage.rename(storage.with_name("away"))
    with health.failures.tolerated("keep a result"):
        raise StorageUnavailable("the disk is away")
    assert [health.report().ok for _ in range(2)] == [False, False]
    storage.with_name("away").rename(storage)
    assert health.report().ok
