"""What only the directory does: survive killed writers, full disks, racing deletes and keys that are tricks."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from app.errors import StorageUnavailable
from app.storage import files
from app.storage.local import LocalStorage

DAY = 24 * 3600
PNG = "image/png"

WRITER = """
import itertools, sys
from pathlib import Path
from app.storage.local import LocalStorage
storage = LocalStorage(Path(sys.argv[1]), derived_bytes=10**12)
print("ready", flush=True)
for n in itertools.count():
    body = bytes([n % 256]) * 2_000_000
    storage.put("derived/image/put", body, media_type="image/png")
    storage.delete("originals/new")
    storage.put_new("originals/new", body, media_type="image/png")
"""

FULL_DISK = """
import resource, sys
from pathlib import Path
from app.errors import StorageUnavailable
from app.storage.local import LocalStorage
storage = LocalStorage(Path(sys.argv[1]), derived_bytes=10**12)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))  # a write beyond fails as on a full disk
for write in (storage.put, storage.put_new):
    try:
        write("originals/big", bytes(300_000), media_type="image/png")
    except StorageUnavailable:
        print("refused")
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "storage"


@pytest.fixture
def storage(root: Path) -> LocalStorage:
    return LocalStorage(root, derived_bytes=1_000_000)


def child(code: str, root: Path) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", code, str(root)], stdout=subprocess.PIPE, text=True)


def leftovers(root: Path) -> int:
    return len(list((root / ".tmp").iterdir()))


def kill_while_writing(root: Path, pause_s: float) -> None:
    with child(WRITER, root) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(pause_s)
        process.send_signal(signal.SIGKILL)


def test_a_killed_writer_leaves_no_half_object_and_its_rest_goes_after_a_day(root: Path) -> None:
    rng = random.Random(5)
    seen = 0
    for kills in range(1, 61):
        kill_while_writing(root, rng.uniform(0, 0.03))
        storage = LocalStorage(root, derived_bytes=10**12)
        for key in ("derived/image/put", "originals/new"):
            body = storage.get(key)
            assert body is None or (len(body) == 2_000_000 and body.count(body[0]) == len(body))
            seen += body is not None
        if kills >= 8 and leftovers(root) and seen:
            break
    assert seen, "no kill came after a whole write"
    assert leftovers(root), "no kill came in the middle of a write"
    assert set(storage.keys("")) <= {"derived/image/put", "originals/new"}
    LocalStorage(root, derived_bytes=1, now=lambda: time.time() + 0.9 * DAY)
    assert leftovers(root)
    LocalStorage(root, derived_bytes=1, now=lambda: time.time() + 1.1 * DAY)
    assert not leftovers(root)


def test_a_full_disk_is_storage_unavailable_and_nothing_stays(root: Path) -> None:
    with child(FULL_DISK, root) as process:
        assert process.communicate(timeout=60)[0] == "refused\nrefused\n"
    storage = LocalStorage(root, derived_bytes=1_000_000)
    assert list(storage.keys("")) == []
    assert not leftovers(root)


def test_writes_that_fail_or_lose_leave_no_temporary_file(storage: LocalStorage, root: Path) -> None:
    storage.put("originals/a", b"1", media_type=PNG)
    storage.put_new("originals/a", b"2", media_type=PNG)
    (root / "derived").write_text("in the way")
    with pytest.raises(StorageUnavailable):
        storage.put("derived/image/x", b"3", media_type=PNG)
    assert not leftovers(root)


@pytest.mark.parametrize("key", ["derived/x", "derived/image/x"])
def test_a_file_in_the_way_of_a_directory_is_unavailable_not_taken(storage: LocalStorage, root: Path, key: str) -> None:
    """A put_new that answered False here would tell an uploader that the image is already stored."""
    (root / "derived").write_text("in the way")
    with pytest.raises(StorageUnavailable):
        storage.put(key, b"1", media_type=PNG)
    with pytest.raises(StorageUnavailable):
        storage.put_new(key, b"1", media_type=PNG)
    assert storage.get(key) is None
    assert storage.stat(key) is None
    assert storage.delete(key) is False
    assert list(storage.keys("derived/")) == []


def test_a_directory_in_the_way_of_an_object_is_unavailable(storage: LocalStorage, root: Path) -> None:
    (root / "originals" / "a").mkdir(parents=True)
    with pytest.raises(StorageUnavailable):
        storage.put("originals/a", b"1", media_type=PNG)


def test_a_root_that_is_a_file_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for root in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(StorageUnavailable):
            LocalStorage(root, derived_bytes=1)


def test_an_error_of_the_disk_while_reading_is_unavailable(storage: LocalStorage, root: Path) -> None:
    """A link to itself gives ELOOP to everybody; permissions would not stop root."""
    (root / "originals").symlink_to(root / "originals")
    calls: list[Callable[[], object]] = [
        lambda: storage.get("originals/a"),
        lambda: storage.read("originals/a", 0, 1),
        lambda: storage.stat("originals/a"),
        lambda: storage.delete("originals/a"),
        lambda: list(storage.keys("originals/")),
        lambda: storage.put("originals/a", b"", media_type=PNG),
        lambda: storage.put_new("originals/a", b"", media_type=PNG),
    ]
    for call in calls:
        with pytest.raises(StorageUnavailable):
            call()


def test_ok_tells_that_the_directory_is_gone(storage: LocalStorage, root: Path) -> None:
    assert storage.ok()
    root.rename(root.with_name("moved"))
    assert not storage.ok()


TRICKS = [
    "../outside/file",
    "originals/../../outside/file",
    "originals/..",
    "/etc/passwd",
    "//etc/passwd",
    "",
    ".",
    "..",
    "/",
    "secret",
    "./secret",
    "originals//a",
    "originals/./a",
    "originals/a/",
    "originals/",
    ".tmp/a",
    "originals/a\0b",
    "originals/\udcff\ud800",
]


@pytest.mark.parametrize("key", TRICKS)
def test_keys_that_are_tricks_reach_nothing(storage: LocalStorage, root: Path, key: str) -> None:
    outside = root.parent / "outside"
    outside.mkdir()
    for file in (outside / "file", root / "secret", root / ".tmp" / "a"):
        file.write_text("private")
    storage.put("originals/a", b"data", media_type=PNG)
    before = sorted(root.parent.rglob("*"))
    for write in (storage.put, storage.put_new):
        with pytest.raises(ValueError, match=r"not a storage key|surrogates"):
            write(key, b"overwritten", media_type=PNG)
    assert storage.get(key) is None
    assert storage.read(key, 0, 9) is None
    assert storage.stat(key) is None
    assert storage.delete(key) is False
    assert sorted(root.parent.rglob("*")) == before
    assert (outside / "file").read_text() == (root / "secret").read_text() == "private"


@pytest.mark.parametrize("prefix", ["../outside/", "/", "//", "originals/../../outside/", ".tmp/", "./"])
def test_prefixes_that_are_tricks_are_refused(storage: LocalStorage, root: Path, prefix: str) -> None:
    (root / ".tmp" / "a").write_text("private")
    with pytest.raises(ValueError, match="not a storage key"):
        list(storage.keys(prefix))
    with pytest.raises(ValueError, match="not a storage key"):
        storage.delete_prefix(prefix)
    assert leftovers(root) == 1


def test_the_secret_and_files_being_written_are_no_objects(storage: LocalStorage, root: Path) -> None:
    (root / "secret").write_text("private")
    (root / ".tmp" / "half").write_text("half")
    assert list(storage.keys("")) == list(storage.keys("s")) == list(storage.keys(".tmp")) == []
    assert storage.delete_prefix("") == storage.delete_prefix("s") == storage.delete_prefix("..") == 0
    assert (root / "secret").exists()
    assert leftovers(root) == 1


def test_delete_prefix_leaves_no_empty_directory(storage: LocalStorage, root: Path) -> None:
    storage.put("derived/image/x", b"1", media_type=PNG)
    storage.delete_prefix("derived/image/")
    assert not (root / "derived" / "image").exists()


def age(root: Path, key: str, seconds: float) -> None:
    os.utime(root / key, (time.time() - seconds,) * 2)


def test_the_oldest_results_go_when_the_cap_is_passed(root: Path) -> None:
    storage = LocalStorage(root, derived_bytes=10_000)
    storage.put_new("originals/a", bytes(50_000), media_type=PNG)
    for n in range(9):
        storage.put(f"derived/{n % 3}/{n}", bytes(1000), media_type=PNG)
        age(root, f"derived/{n % 3}/{n}", 1000 - n)
    age(root, "derived/0/0", 1)  # written again meanwhile
    storage.put("derived/new/big", bytes(3000), media_type=PNG)
    assert set(storage.keys("derived/")) == {
        "derived/0/0", "derived/2/5", "derived/0/6", "derived/1/7", "derived/2/8", "derived/1/4", "derived/new/big",
    }  # fmt: skip
    assert storage.stat("originals/a") is not None


def test_the_cap_counts_what_an_earlier_process_left(root: Path) -> None:
    LocalStorage(root, derived_bytes=10**9).put("derived/a/old", bytes(20_000), media_type=PNG)
    age(root, "derived/a/old", 60)
    storage = LocalStorage(root, derived_bytes=10_000)
    storage.put("derived/a/new", b"1", media_type=PNG)
    assert list(storage.keys("")) == ["derived/a/new"]


def test_kept_results_stay_near_the_cap(root: Path) -> None:
    storage = LocalStorage(root, derived_bytes=10_000)
    largest = 0
    for n in range(100):
        storage.put(f"derived/a/{n}", bytes(500), media_type=PNG)
        largest = max(largest, sum(path.stat().st_size for path in (root / "derived").rglob("*") if path.is_file()))
    assert 9_000 <= largest <= 10_000 * 17 // 16 + 500


def hammer(*calls: Callable[[int], object], turns: int = 150) -> None:
    """Run every call ``turns`` times, each in its own thread; raise the first thing that one raises."""
    barrier = threading.Barrier(len(calls))

    def run(call: Callable[[int], object]) -> None:
        barrier.wait()
        for turn in range(turns):
            call(turn)

    with ThreadPoolExecutor(len(calls)) as pool:
        for future in [pool.submit(run, call) for call in calls]:
            future.result(timeout=120)


def test_writes_race_deletes_of_their_directory(storage: LocalStorage, root: Path) -> None:
    def write(turn: int) -> None:
        storage.put("derived/image/same", b"data", media_type=PNG)
        assert storage.put_new(f"derived/image/{threading.get_ident()}-{turn}", b"data", media_type=PNG)

    def remove(turn: int) -> None:
        storage.delete_prefix("derived/image/")
        assert storage.get("derived/image/same") in (None, b"data")

    hammer(write, write, remove, remove)
    storage.delete_prefix("derived/image/")
    assert list(storage.keys("derived/")) == []
    assert not leftovers(root)


def test_a_directory_that_is_removed_before_the_move_is_made_again(tmp_path: Path) -> None:
    path, tries = tmp_path / "derived" / "image" / "x", []

    def move(temporary: Path, path: Path) -> bool:
        tries.append(path)
        if len(tries) < 4:
            path.parent.rmdir()
        path.touch()  # raises FileNotFoundError, as os.link and os.replace would
        return True

    assert files.move_into(tmp_path / "temporary", path, move)
    assert path.exists()


def test_trimming_and_listing_race_deletes_and_new_processes(root: Path) -> None:
    storage = LocalStorage(root, derived_bytes=100)

    def write(turn: int) -> None:
        storage.put(f"derived/{turn % 10}/{threading.get_ident()}", bytes(10), media_type=PNG)

    def remove(turn: int) -> None:
        storage.delete_prefix(f"derived/{turn % 10}/")

    def look(turn: int) -> None:
        list(LocalStorage(root, derived_bytes=100).keys("derived/"))

    hammer(write, write, remove, look, turns=300)
