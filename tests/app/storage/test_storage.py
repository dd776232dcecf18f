"""What every storage does: all of them pass the same tests."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.storage import Storage
from tests.app.storage.conftest import PNG
from tests.conftest import MakeS3Storage
from tests.support.threads import run_concurrently

KEY = "originals/" + 32 * "a"


def _directory(request: pytest.FixtureRequest) -> Storage:
    storage: Storage = request.getfixturevalue("local_storage")
    return storage


def _bucket(request: pytest.FixtureRequest) -> Storage:
    make_s3_storage: MakeS3Storage = request.getfixturevalue("make_s3_storage")
    return make_s3_storage(request.getfixturevalue("s3"))


STORAGES: Mapping[str, Callable[[pytest.FixtureRequest], Storage]] = {
    "local": _directory,
    "s3": _bucket,
}


@pytest.fixture(params=STORAGES)
def kind(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def storage(kind: str, request: pytest.FixtureRequest) -> Storage:
    return STORAGES[kind](request)


def put(storage: Storage, *keys: str, data: bytes = b"data") -> None:
    for key in keys:
        storage.put(key, data, media_type=PNG)


def test_a_new_storage_is_empty_and_works(storage: Storage, kind: str) -> None:
    assert storage.ok()
    assert list(storage.keys("")) == []
    assert storage.kind == kind


@pytest.mark.parametrize("size", [0, 1, 70_000, 3_000_000])
def test_get_returns_what_was_put(storage: Storage, size: int) -> None:
    data = hashlib.shake_128(b"seed").digest(size)
    put(storage, KEY, data=data)
    assert storage.get(KEY) == data


def test_a_missing_object_is_none(storage: Storage) -> None:
    assert storage.get(KEY) is None
    assert storage.stat(KEY) is None
    assert storage.delete(KEY) is False
    assert storage.delete_prefix("originals/") == 0


def test_a_prefix_is_not_an_object(storage: Storage) -> None:
    put(storage, "derived/a/x")
    for key in ("derived/a", "derived/a/", "derived/a/x/y"):
        assert storage.get(key) is None
        assert storage.stat(key) is None
    storage.delete("derived/a")
    assert storage.get("derived/a/x") == b"data"


def test_put_replaces(storage: Storage) -> None:
    put(storage, KEY, data=b"longer than the next")
    put(storage, KEY, data=b"next")
    assert storage.get(KEY) == b"next"


def test_put_new_writes_once(storage: Storage) -> None:
    assert storage.put_new(KEY, b"first", media_type=PNG) is True
    assert storage.put_new(KEY, b"second", media_type=PNG) is False
    assert storage.get(KEY) == b"first"
    storage.delete(KEY)
    assert storage.put_new(KEY, b"third", media_type=PNG) is True


def test_one_of_many_concurrent_put_new_calls_writes(storage: Storage) -> None:
    for turn in range(20):
        key, bodies = f"originals/{turn}", [bytes([n]) * 1000 for n in range(6)]
        wrote = run_concurrently(*(partial(storage.put_new, key, body, media_type=PNG) for body in bodies))
        assert wrote.count(True) == 1
        assert storage.get(key) == bodies[wrote.index(True)]


def test_stat_returns_size_and_last_write(storage: Storage) -> None:
    put(storage, KEY, data=b"0123456789")
    found = storage.stat(KEY)
    assert found is not None
    assert found.bytes == 10
    assert abs(found.modified - time.time()) < 3600  # seconds since 1970, not milliseconds or a local time


def test_delete_removes_one_object(storage: Storage) -> None:
    put(storage, KEY, KEY + "b")
    assert storage.delete(KEY) is True
    assert storage.get(KEY) is None
    assert storage.get(KEY + "b") == b"data"


def test_delete_prefix_removes_the_keys_with_the_prefix_only(storage: Storage) -> None:
    put(storage, "derived/a/1", "derived/a/2", "derived/ab/1", "derived/b/1", "originals/a")
    assert storage.delete_prefix("derived/a/") == 2
    assert list(storage.keys("")) == ["derived/ab/1", "derived/b/1", "originals/a"]
    assert storage.delete_prefix("derived/a") == 1
    assert storage.delete_prefix("") == 2
    put(storage, "derived/a/1")
    assert storage.get("derived/a/1") == b"data"


def test_keys_are_sorted_and_start_with_the_prefix(storage: Storage) -> None:
    put(storage, "derived/b/1", "derived/a/2", "originals/x", "derived/a/10", "derived/a-b/1", "derived/é/1")
    assert list(storage.keys("derived/")) == sorted(
        ["derived/a-b/1", "derived/a/10", "derived/a/2", "derived/b/1", "derived/é/1"]
    )
    assert list(storage.keys("derived/a/")) == ["derived/a/10", "derived/a/2"]
    assert list(storage.keys("derived/a/1")) == ["derived/a/10"]
    assert list(storage.keys("der")) == list(storage.keys("derived/"))
    assert list(storage.keys("originals/y")) == list(storage.keys("nowhere/")) == []


def test_entries_have_size_and_last_write(storage: Storage) -> None:
    before = time.time() - 2
    for key in ("jobs/a", "jobs/b", "incoming/c"):
        storage.put(key, key.encode() * 2, media_type=PNG)
    found = dict(storage.entries("jobs/"))
    assert sorted(found) == ["jobs/a", "jobs/b"]
    assert found["jobs/a"].bytes == len("jobs/a") * 2
    assert all(before <= info.modified <= time.time() + 2 for info in found.values())


def test_many_objects_are_removed_at_once_and_no_others(storage: Storage) -> None:
    put(storage, "derived/a/1", "derived/a/2", "derived/b/1", "jobs/é&<")
    assert storage.delete_many([]) == 0
    assert storage.delete_many(["derived/a/1", "jobs/é&<"]) == 2
    assert list(storage.keys("")) == ["derived/a/2", "derived/b/1"]


@given(name=st.text("abc ÄöЖ中+%&?=#;:'\"()[]{}*!~@,_-.", min_size=1, max_size=30).filter(lambda n: n.strip(".")))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_keys_may_contain_any_text(storage: Storage, name: str) -> None:
    key = f"inbox/{name}"
    put(storage, key)
    assert storage.get(key) == b"data"
    assert key in list(storage.keys("inbox/"))
    assert storage.delete_prefix(key) >= 1
    assert storage.stat(key) is None


def test_a_concurrent_reader_sees_the_old_or_the_new_object_complete(storage: Storage) -> None:
    bodies = [bytes([n]) * 100_000 for n in range(8)]
    put(storage, KEY, data=bodies[0])
    seen: set[bytes | None] = set()
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            seen.add(storage.get(KEY))

    def write() -> None:
        for body in 5 * bodies:
            put(storage, KEY, data=body)
        done.set()

    run_concurrently(read, read, write)
    assert seen <= set(bodies)


def test_compare_and_swap_replaces_an_equal_object(storage: Storage) -> None:
    storage.put(KEY, b"one", media_type=PNG)
    assert storage.compare_and_swap(KEY, b"one", b"two", media_type=PNG)
    assert storage.get(KEY) == b"two"


@pytest.mark.parametrize("there", [None, b"other"])
def test_compare_and_swap_leaves_another_object_alone(storage: Storage, there: bytes | None) -> None:
    if there is not None:
        storage.put(KEY, there, media_type=PNG)
    assert not storage.compare_and_swap(KEY, b"one", b"two", media_type=PNG)
    assert storage.get(KEY) == there


def test_one_of_many_concurrent_swaps_writes(storage: Storage) -> None:
    storage.put(KEY, b"free", media_type=PNG)
    bodies = [b"claim %d" % number for number in range(8)]
    wrote = run_concurrently(
        *(partial(storage.compare_and_swap, KEY, b"free", body, media_type=PNG) for body in bodies)
    )
    assert wrote.count(True) == 1
    assert storage.get(KEY) == bodies[wrote.index(True)]


def test_a_swap_that_races_a_delete_does_not_restore_the_object(storage: Storage) -> None:
    for number in range(20):
        storage.put(KEY, b"one", media_type=PNG)
        thread = threading.Thread(target=storage.delete, args=(KEY,))
        thread.start()
        storage.compare_and_swap(KEY, b"one", b"two", media_type=PNG)
        thread.join()
        assert storage.get(KEY) is None, number


def test_put_stream_writes_all_blocks(storage: Storage) -> None:
    storage.put_stream(KEY, iter([b"a" * 100_000, b"", b"b"]), media_type=PNG)
    assert storage.get(KEY) == b"a" * 100_000 + b"b"


def test_a_stream_that_fails_changes_nothing(storage: Storage) -> None:
    storage.put(KEY, b"before", media_type=PNG)

    def fail() -> Iterator[bytes]:
        yield b"half"
        raise ConnectionResetError

    with pytest.raises(Exception):  # noqa: B017, PT011 - whatever it raises, nothing may change
        storage.put_stream(KEY, fail(), media_type=PNG)
    assert storage.get(KEY) == b"before"
    assert list(storage.keys("")) == [KEY]
