"""What every storage does; a fixture parameter is one implementation, and none has tests of its own here."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.storage import Storage
from app.storage.local import LocalStorage

KEY = "originals/" + 32 * "a"


@pytest.fixture(params=["local", "s3"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    build: dict[str, Callable[[], Storage]] = {
        "local": lambda: LocalStorage(tmp_path / "storage", derived_bytes=1_000_000),
        "s3": lambda: request.getfixturevalue("build")(request.getfixturevalue("s3")),
    }
    return build[request.param]()


def put(storage: Storage, *keys: str, data: bytes = b"data") -> None:
    for key in keys:
        storage.put(key, data, media_type="image/png")


def test_a_new_storage_is_empty_and_well(storage: Storage) -> None:
    assert storage.ok()
    assert list(storage.keys("")) == []
    assert storage.kind in ("local", "s3")


@pytest.mark.parametrize("size", [0, 1, 70_000, 3_000_000])
def test_what_was_put_is_what_is_got(storage: Storage, size: int) -> None:
    data = hashlib.shake_128(b"seed").digest(size)
    put(storage, KEY, data=data)
    assert storage.get(KEY) == data


def test_what_is_absent_is_none(storage: Storage) -> None:
    assert storage.get(KEY) is None
    assert storage.read(KEY, 0, 10) is None
    assert storage.stat(KEY) is None
    assert storage.delete(KEY) in (True, False)  # S3 does not know
    assert storage.delete_prefix("originals/") == 0


def test_a_prefix_is_no_object(storage: Storage) -> None:
    put(storage, "derived/a/x")
    for key in ("derived/a", "derived/a/", "derived/a/x/y"):
        assert storage.get(key) is None
        assert storage.read(key, 0, 1) is None
        assert storage.stat(key) is None
    storage.delete("derived/a")
    assert storage.get("derived/a/x") == b"data"


def test_put_replaces(storage: Storage) -> None:
    put(storage, KEY, data=b"longer than the next")
    put(storage, KEY, data=b"next")
    assert storage.get(KEY) == b"next"


def test_put_new_writes_once(storage: Storage) -> None:
    assert storage.put_new(KEY, b"first", media_type="image/png") is True
    assert storage.put_new(KEY, b"second", media_type="image/png") is False
    assert storage.get(KEY) == b"first"
    storage.delete(KEY)
    assert storage.put_new(KEY, b"third", media_type="image/png") is True


def test_threads_that_race_to_put_new_have_one_winner(storage: Storage) -> None:
    for turn in range(20):
        wins: list[bytes] = []
        barrier = threading.Barrier(6)

        def run(data: bytes, key: str, barrier: threading.Barrier = barrier, wins: list[bytes] = wins) -> None:
            barrier.wait()
            if storage.put_new(key, data, media_type="image/png"):
                wins.append(data)

        in_threads(*[(run, bytes([n]) * 1000, f"originals/{turn}") for n in range(6)])
        assert [storage.get(f"originals/{turn}")] == wins


@pytest.mark.parametrize(
    ("start", "stop", "expected"),
    [(0, 4, b"0123"), (2, 5, b"234"), (8, 100, b"89"), (0, 10, b"0123456789"), (4, 4, b""), (10, 20, b""), (5, 3, b"")],
)
def test_read_returns_a_part(storage: Storage, start: int, stop: int, expected: bytes) -> None:
    put(storage, KEY, data=b"0123456789")
    assert storage.read(KEY, start, stop) == expected


def test_stat_tells_size_and_last_write(storage: Storage) -> None:
    put(storage, KEY, data=b"0123456789")
    found = storage.stat(KEY)
    assert found is not None
    assert found.bytes == 10
    assert abs(found.modified - time.time()) < 3600  # seconds since 1970, not milliseconds or a local time


def test_delete_removes_one(storage: Storage) -> None:
    put(storage, KEY, KEY + "b")
    assert storage.delete(KEY) is True
    assert storage.get(KEY) is None
    assert storage.get(KEY + "b") == b"data"


def test_delete_prefix_removes_all_below_and_nothing_beside(storage: Storage) -> None:
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


def test_more_objects_than_one_page_of_s3_are_listed_and_removed(storage: Storage) -> None:
    put(storage, *[f"derived/a/{n:04}" for n in range(1005)], data=b"")
    assert len(list(storage.keys("derived/a/"))) == 1005
    assert storage.delete_prefix("derived/a/") == 1005
    assert list(storage.keys("")) == []


@given(name=st.text("abc ÄöЖ中+%&?=#;:'\"()[]{}*!~@,_-.", min_size=1, max_size=30).filter(lambda n: n.strip(".")))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_names_may_hold_what_people_type(storage: Storage, name: str) -> None:
    key = f"inbox/{name}"
    put(storage, key)
    assert storage.get(key) == b"data"
    assert key in list(storage.keys("inbox/"))
    assert storage.delete_prefix(key) >= 1
    assert storage.stat(key) is None


def test_a_reader_sees_the_old_or_the_new_object_whole(storage: Storage) -> None:
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

    in_threads((read,), (read,), (write,))
    assert seen <= set(bodies)


def in_threads(*calls: tuple[object, ...]) -> None:
    """Run every call in a thread of its own; what one of them raises, this raises."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(len(calls)) as pool:
        for future in [pool.submit(*call) for call in calls]:  # type: ignore[arg-type]
            future.result(timeout=60)
