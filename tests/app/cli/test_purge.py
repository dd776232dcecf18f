"""What is old enough is deleted, and nothing else."""

from __future__ import annotations

from collections.abc import Callable

from app.container import Container
from app.core.errors import StorageUnavailable
from app.storage import keys
from tests.app.cli.conftest import Run
from tests.support.watched_storage import WatchedStorage


def test_old_results_and_leftovers_go(run: Run, make_container: Callable[..., Container]) -> None:
    import time

    container = make_container(now=lambda: time.time() + 40 * 24 * 3600)
    storage = container.backends.storage
    image = "0" * 32
    for key in (keys.derived(image, "1" * 32), keys.original(image)):
        storage.put(key, b"bytes", media_type="image/jpeg")
    done = run("purge", container=container)
    assert done.exit_code == 0, done.output
    assert "Deleted 0 images, 1 results" in done.output
    assert storage.stat(keys.derived(image, "1" * 32)) is None
    assert storage.stat(keys.original(image)) is not None


def test_all_leftovers_go_however_many_there_are(run: Run, make_container: Callable[..., Container]) -> None:
    """Each run is a process of its own, so it cannot go on where the last one ended."""
    import time

    container = make_container(now=lambda: time.time() + 2 * 24 * 3600)
    storage = container.backends.storage
    for number in range(150):
        storage.put(keys.job(f"{number:032x}"), b"{}", media_type=keys.JSON)
        storage.put(keys.incoming(f"{number:032x}"), b"bytes", media_type="image/jpeg")
    done = run("purge", container=container)
    assert "Deleted 0 images, 0 results, and 150 uploads and jobs." in done.output
    assert len(list(storage.keys(keys.JOBS))) == 150
    assert not list(storage.keys(keys.INCOMING))


def test_images_go_where_they_expire(run: Run, make_container: Callable[..., Container]) -> None:
    import time

    container = make_container(retention_days=30, now=lambda: time.time() + 31 * 24 * 3600)
    container.backends.storage.put(keys.original("0" * 32), b"bytes", media_type="image/jpeg")
    done = run("purge", container=container)
    assert "Deleted 1 images, 0 results" in done.output
    assert list(container.backends.storage.keys(keys.ORIGINALS)) == []


def test_a_storage_that_does_not_answer_is_told_in_a_line(
    run: Run, make_container: Callable[..., Container], watched: WatchedStorage
) -> None:
    def fail(method: str, key: str) -> None:
        raise StorageUnavailable("the S3 bucket does not exist")

    watched.before = fail
    done = run("purge", container=make_container(stored_in=watched, retention_days=1))
    assert done.exit_code == 1
    assert done.output == "Error: the S3 bucket does not exist\n"
