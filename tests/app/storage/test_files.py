"""Files that others change at the same time, and the size limit of derived results."""

from __future__ import annotations

import os
import threading
import time
import tracemalloc
from collections.abc import Callable
from functools import partial
from pathlib import Path

from app.storage import files
from app.storage.local import LocalStorage
from tests.app.storage.conftest import PNG, temporary_files
from tests.support.threads import run_concurrently


def set_age(root: Path, key: str, seconds: float) -> None:
    os.utime(root / key, (time.time() - seconds,) * 2)


def test_the_oldest_results_are_evicted_over_the_limit(root: Path) -> None:
    storage = LocalStorage(root, derived_bytes=10_000)
    storage.put_new("originals/a", bytes(50_000), media_type=PNG)
    for n in range(9):
        storage.put(f"derived/{n % 3}/{n}", bytes(1000), media_type=PNG)
        set_age(root, f"derived/{n % 3}/{n}", 1000 - n)
    set_age(root, "derived/0/0", 1)  # written again meanwhile
    storage.put("derived/new/big", bytes(3000), media_type=PNG)
    assert set(storage.keys("derived/")) == {
        "derived/0/0", "derived/2/5", "derived/0/6", "derived/1/7", "derived/2/8", "derived/1/4", "derived/new/big",
    }  # fmt: skip
    assert storage.stat("originals/a") is not None


def test_the_limit_counts_the_results_of_earlier_processes(root: Path) -> None:
    LocalStorage(root, derived_bytes=10**9).put("derived/a/old", bytes(20_000), media_type=PNG)
    set_age(root, "derived/a/old", 60)
    storage = LocalStorage(root, derived_bytes=10_000)
    storage.put("derived/a/new", b"1", media_type=PNG)
    assert list(storage.keys("")) == ["derived/a/new"]


def test_results_stay_near_the_limit(root: Path) -> None:
    storage = LocalStorage(root, derived_bytes=10_000)
    largest = 0
    for n in range(100):
        storage.put(f"derived/a/{n}", bytes(500), media_type=PNG)
        largest = max(largest, sum(path.stat().st_size for path in (root / "derived").rglob("*") if path.is_file()))
    assert 9_000 <= largest <= 10_000 * 17 // 16 + 500


def test_looking_whether_to_evict_takes_no_memory_for_each_result(tmp_path: Path) -> None:
    for number in range(2000):
        (tmp_path / f"{number % 10}").mkdir(exist_ok=True)
        (tmp_path / f"{number % 10}" / f"{number:064x}").write_bytes(b"data")
    tracemalloc.start()
    try:
        files.evict_oldest(tmp_path, 10**6)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 100_000, "50 bytes for each would be that much; each in a list took 450"


def test_a_limit_of_zero_keeps_no_result(root: Path) -> None:
    storage = LocalStorage(root, derived_bytes=0)
    storage.put("derived/a/1", b"data", media_type=PNG)
    assert list(storage.keys("")) == []


def hammer(*calls: Callable[[int], object], turns: int = 150) -> None:
    """Run every call ``turns`` times, all of them at the same time."""

    def repeat(call: Callable[[int], object]) -> None:
        for turn in range(turns):
            call(turn)

    run_concurrently(*(partial(repeat, call) for call in calls))


def test_writes_survive_concurrent_deletes_of_their_directory(local_storage: LocalStorage, root: Path) -> None:
    def write(turn: int) -> None:
        local_storage.put("derived/image/same", b"data", media_type=PNG)
        assert local_storage.put_new(f"derived/image/{threading.get_ident()}-{turn}", b"data", media_type=PNG)

    def remove(turn: int) -> None:
        local_storage.delete_prefix("derived/image/")
        assert local_storage.get("derived/image/same") in (None, b"data")

    hammer(write, write, remove, remove)
    local_storage.delete_prefix("derived/image/")
    assert list(local_storage.keys("derived/")) == []
    assert not temporary_files(root)


def test_a_directory_that_is_removed_before_the_move_is_created_again(tmp_path: Path) -> None:
    path, tries = tmp_path / "derived" / "image" / "x", []

    def move(temporary: Path, path: Path) -> bool:
        tries.append(path)
        if len(tries) < 4:
            path.parent.rmdir()
        path.touch()  # raises FileNotFoundError, as os.link and os.replace would
        return True

    assert files.move_into_place(tmp_path / "temporary", path, move)
    assert path.exists()


def test_evicting_and_listing_survive_concurrent_deletes_and_new_processes(root: Path) -> None:
    storage = LocalStorage(root, derived_bytes=100)

    def write(turn: int) -> None:
        storage.put(f"derived/{turn % 10}/{threading.get_ident()}", bytes(10), media_type=PNG)

    def remove(turn: int) -> None:
        storage.delete_prefix(f"derived/{turn % 10}/")

    def list_keys(turn: int) -> None:
        list(LocalStorage(root, derived_bytes=100).keys("derived/"))

    hammer(write, write, remove, list_keys, turns=300)
