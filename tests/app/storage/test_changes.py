"""Writes that depend on what is there or come in pieces, and listings with ages; a directory and S3 alike."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.storage import Storage
from app.storage.local import LocalStorage

KEY = "jobs/" + 32 * "b"
TEXT = "text/plain"


@pytest.fixture(params=["local", "s3"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    build: dict[str, Callable[[], Storage]] = {
        "local": lambda: LocalStorage(tmp_path / "storage", derived_bytes=1_000_000),
        "s3": lambda: request.getfixturevalue("build")(request.getfixturevalue("s3")),
    }
    return build[request.param]()


def test_a_swap_replaces_what_it_expects(storage: Storage) -> None:
    storage.put(KEY, b"one", media_type=TEXT)
    assert storage.swap(KEY, b"one", b"two", media_type=TEXT)
    assert storage.get(KEY) == b"two"


@pytest.mark.parametrize("there", [None, b"other"])
def test_a_swap_leaves_anything_else_alone(storage: Storage, there: bytes | None) -> None:
    if there is not None:
        storage.put(KEY, there, media_type=TEXT)
    assert not storage.swap(KEY, b"one", b"two", media_type=TEXT)
    assert storage.get(KEY) == there


def test_of_many_swaps_one_wins(storage: Storage) -> None:
    storage.put(KEY, b"free", media_type=TEXT)
    won: list[bytes] = []

    def claim(name: bytes) -> None:
        if storage.swap(KEY, b"free", name, media_type=TEXT):
            won.append(name)

    threads = [threading.Thread(target=claim, args=(b"claim %d" % number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert won == [storage.get(KEY)]


def test_a_swap_that_races_a_delete_brings_nothing_back(storage: Storage) -> None:
    for number in range(20):
        storage.put(KEY, b"one", media_type=TEXT)
        thread = threading.Thread(target=storage.delete, args=(KEY,))
        thread.start()
        storage.swap(KEY, b"one", b"two", media_type=TEXT)
        thread.join()
        assert storage.get(KEY) is None, number


def test_a_stream_is_written_whole(storage: Storage) -> None:
    storage.put_stream(KEY, iter([b"a" * 100_000, b"", b"b"]), media_type=TEXT)
    assert storage.get(KEY) == b"a" * 100_000 + b"b"


def test_a_stream_that_breaks_leaves_what_was_there(storage: Storage) -> None:
    storage.put(KEY, b"before", media_type=TEXT)

    def breaking() -> Iterator[bytes]:
        yield b"half"
        raise ConnectionResetError

    with pytest.raises(Exception):  # noqa: B017, PT011 - whichever way it is told, nothing changed
        storage.put_stream(KEY, breaking(), media_type=TEXT)
    assert storage.get(KEY) == b"before"
    assert list(storage.keys("")) == [KEY]


def test_entries_tell_size_and_age(storage: Storage) -> None:
    before = time.time() - 2
    for key in ("jobs/a", "jobs/b", "incoming/c"):
        storage.put(key, key.encode() * 2, media_type=TEXT)
    found = dict(storage.entries("jobs/"))
    assert list(found) == ["jobs/a", "jobs/b"]
    assert found["jobs/a"].bytes == len("jobs/a") * 2
    assert all(before <= about.modified <= time.time() + 2 for about in found.values())


def test_a_directory_has_no_door_of_its_own(tmp_path: Path) -> None:
    here = LocalStorage(tmp_path, derived_bytes=0)
    assert here.link(KEY, expires_s=60) is None
    assert here.form(KEY, media_type=TEXT, size=1, expires_s=60) is None
