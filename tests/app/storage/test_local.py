"""What only the directory has to do: survive killed writers and full disks, and refuse keys that lead elsewhere."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from app.core.errors import StorageUnavailable
from app.runtime.pool_stats import PoolStats
from app.storage.local import LocalStorage
from tests.app.storage.conftest import PNG, temporary_files

DAY = 24 * 3600

WRITER = """
import itertools, sys
from pathlib import Path
from app.runtime.pool_stats import PoolStats
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
from app.core.errors import StorageUnavailable
from app.runtime.pool_stats import PoolStats
from app.storage.local import LocalStorage
storage = LocalStorage(Path(sys.argv[1]), derived_bytes=10**12)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))  # a larger write fails as on a full disk
for write in (storage.put, storage.put_new):
    try:
        write("originals/big", bytes(300_000), media_type="image/png")
    except StorageUnavailable:
        print("refused")
"""


def start_child(code: str, root: Path) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", code, str(root)], stdout=subprocess.PIPE, text=True)


def kill_while_writing(root: Path, pause_s: float) -> None:
    with start_child(WRITER, root) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(pause_s)
        process.send_signal(signal.SIGKILL)


def test_a_killed_writer_leaves_only_a_temporary_file_which_is_removed_after_a_day(root: Path) -> None:
    rng = random.Random(5)
    seen = 0
    for kills in range(1, 61):
        kill_while_writing(root, rng.uniform(0, 0.03))
        storage = LocalStorage(root, derived_bytes=10**12)
        for key in ("derived/image/put", "originals/new"):
            body = storage.get(key)
            assert body is None or (len(body) == 2_000_000 and body.count(body[0]) == len(body))
            seen += body is not None
        if kills >= 8 and temporary_files(root) and seen:
            break
    assert seen, "no kill came after a complete write"
    assert temporary_files(root), "no kill came in the middle of a write"
    assert set(storage.keys("")) <= {"derived/image/put", "originals/new"}
    LocalStorage(root, derived_bytes=1, now=lambda: time.time() + 0.9 * DAY)
    assert temporary_files(root)
    LocalStorage(root, derived_bytes=1, now=lambda: time.time() + 1.1 * DAY)
    assert not temporary_files(root)


def test_a_write_to_a_full_disk_is_unavailable_and_leaves_nothing(root: Path) -> None:
    with start_child(FULL_DISK, root) as process:
        assert process.communicate(timeout=60)[0] == "refused\nrefused\n"
    storage = LocalStorage(root, derived_bytes=1_000_000)
    assert list(storage.keys("")) == []
    assert not temporary_files(root)


def test_a_write_that_fails_or_is_refused_leaves_no_temporary_file(local_storage: LocalStorage, root: Path) -> None:
    local_storage.put("originals/a", b"1", media_type=PNG)
    local_storage.put_new("originals/a", b"2", media_type=PNG)
    (root / "derived").write_text("in the way")
    with pytest.raises(StorageUnavailable):
        local_storage.put("derived/image/x", b"3", media_type=PNG)
    assert not temporary_files(root)


@pytest.mark.parametrize("key", ["derived/x", "derived/image/x"])
def test_a_file_in_place_of_a_directory_is_unavailable_not_an_existing_key(
    local_storage: LocalStorage, root: Path, key: str
) -> None:
    """If put_new returned False here, an uploader would be told that the image is already stored."""
    (root / "derived").write_text("in the way")
    with pytest.raises(StorageUnavailable):
        local_storage.put(key, b"1", media_type=PNG)
    with pytest.raises(StorageUnavailable):
        local_storage.put_new(key, b"1", media_type=PNG)
    assert local_storage.get(key) is None
    assert local_storage.stat(key) is None
    assert local_storage.delete(key) is False
    assert list(local_storage.keys("derived/")) == []


def test_a_directory_in_place_of_an_object_is_unavailable(local_storage: LocalStorage, root: Path) -> None:
    (root / "originals" / "a").mkdir(parents=True)
    with pytest.raises(StorageUnavailable):
        local_storage.put("originals/a", b"1", media_type=PNG)


def test_a_root_that_is_a_file_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for root in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(StorageUnavailable):
            LocalStorage(root, derived_bytes=1)


def test_an_operating_system_error_is_unavailable(local_storage: LocalStorage, root: Path) -> None:
    """A symbolic link to itself raises ELOOP for everybody; permissions would not stop root."""
    (root / "originals").symlink_to(root / "originals")
    calls: list[Callable[[], object]] = [
        lambda: local_storage.get("originals/a"),
        lambda: local_storage.stat("originals/a"),
        lambda: local_storage.delete("originals/a"),
        lambda: list(local_storage.keys("originals/")),
        lambda: local_storage.put("originals/a", b"", media_type=PNG),
        lambda: local_storage.put_new("originals/a", b"", media_type=PNG),
    ]
    for call in calls:
        with pytest.raises(StorageUnavailable):
            call()


class DiskCalls:
    """Records the calls of ``os`` that make a write visible or durable, in order, as the interpreter sees them."""

    names = ("fsync", "link", "replace", "mkdir")

    def __init__(self) -> None:
        self.calls: list[str] = []

    def __call__(self, frame: FrameType, event: str, argument: Any) -> None:
        if event == "c_call" and getattr(argument, "__module__", "") == "posix" and argument.__name__ in self.names:
            self.calls.append(argument.__name__)

    def of(self, call: Callable[[], object]) -> list[str]:
        self.calls.clear()
        before = sys.getprofile()
        sys.setprofile(self)
        try:
            call()
        finally:
            sys.setprofile(before)
        return list(self.calls)


def test_a_write_is_on_the_disk_before_it_is_visible_and_its_name_before_it_is_answered(
    local_storage: LocalStorage,
) -> None:
    """A file and its name are two things to flush; a new directory is one more name."""
    seen = DiskCalls().of
    new_directory = ["mkdir", "fsync"]
    assert seen(lambda: local_storage.put_new("originals/a", b"1", media_type=PNG)) == [
        "fsync", *new_directory, "link", "fsync",
    ]  # fmt: skip
    assert seen(lambda: local_storage.put_new("originals/b", b"1", media_type=PNG)) == ["fsync", "link", "fsync"]
    assert seen(lambda: local_storage.put("originals/a", b"2", media_type=PNG)) == ["fsync", "replace", "fsync"]
    assert seen(lambda: local_storage.put_stream("originals/a", [b"3"], media_type=PNG)) == [
        "fsync",
        "replace",
        "fsync",
    ]
    assert seen(lambda: local_storage.compare_and_swap("originals/a", b"3", b"4", media_type=PNG)) == [
        "fsync", "replace", "fsync",
    ]  # fmt: skip
    assert seen(lambda: local_storage.put_new("jobs/of/a/b", b"", media_type=PNG)) == [
        "fsync", *3 * new_directory, "link", "fsync",
    ]  # fmt: skip


def test_a_result_is_whole_when_it_is_visible_but_may_be_lost(local_storage: LocalStorage) -> None:
    calls = DiskCalls().of(lambda: local_storage.put("derived/image/x", b"1", media_type=PNG))
    assert calls == ["fsync", "mkdir", "mkdir", "replace"]


def test_an_image_that_was_stored_already_has_its_name_on_the_disk(local_storage: LocalStorage) -> None:
    """Its first writer may not have got as far when the second one is told that it is stored."""
    local_storage.put_new("originals/a", b"1", media_type=PNG)
    calls = DiskCalls().of(lambda: local_storage.put_new("originals/a", b"1", media_type=PNG))
    assert calls == ["fsync", "link", "fsync"]


def test_ok_leaves_nothing(local_storage: LocalStorage, root: Path) -> None:
    assert local_storage.ok()
    assert [path for path in root.rglob("*") if path.is_file()] == []


def test_ok_is_false_when_the_directory_is_gone(local_storage: LocalStorage, root: Path) -> None:
    assert local_storage.ok()
    root.rename(root.with_name("moved"))
    assert not local_storage.ok()


UNSAFE_KEYS = [
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


@pytest.mark.parametrize("key", UNSAFE_KEYS)
def test_keys_that_lead_elsewhere_reach_nothing(local_storage: LocalStorage, root: Path, key: str) -> None:
    outside = root.parent / "outside"
    outside.mkdir()
    for file in (outside / "file", root / "secret", root / ".tmp" / "a"):
        file.write_text("private")
    local_storage.put("originals/a", b"data", media_type=PNG)
    before = sorted(root.parent.rglob("*"))
    for write in (local_storage.put, local_storage.put_new):
        with pytest.raises(ValueError, match=r"not a storage key|surrogates"):
            write(key, b"overwritten", media_type=PNG)
    assert local_storage.get(key) is None
    assert local_storage.stat(key) is None
    assert local_storage.delete(key) is False
    assert sorted(root.parent.rglob("*")) == before
    assert (outside / "file").read_text() == (root / "secret").read_text() == "private"


@pytest.mark.parametrize("prefix", ["../outside/", "/", "//", "originals/../../outside/", ".tmp/", "./"])
def test_prefixes_that_lead_elsewhere_are_refused(local_storage: LocalStorage, root: Path, prefix: str) -> None:
    (root / ".tmp" / "a").write_text("private")
    with pytest.raises(ValueError, match="not a storage key"):
        list(local_storage.keys(prefix))
    with pytest.raises(ValueError, match="not a storage key"):
        local_storage.delete_prefix(prefix)
    assert temporary_files(root) == 1


def test_the_secret_and_temporary_files_are_not_objects(local_storage: LocalStorage, root: Path) -> None:
    (root / "secret").write_text("private")
    (root / ".tmp" / "half").write_text("half")
    assert list(local_storage.keys("")) == list(local_storage.keys("s")) == list(local_storage.keys(".tmp")) == []
    assert local_storage.delete_prefix("") == local_storage.delete_prefix("s") == local_storage.delete_prefix("..") == 0
    assert (root / "secret").exists()
    assert temporary_files(root) == 1


def test_delete_prefix_leaves_no_empty_directory(local_storage: LocalStorage, root: Path) -> None:
    local_storage.put("derived/image/x", b"1", media_type=PNG)
    local_storage.delete_prefix("derived/image/")
    assert not (root / "derived" / "image").exists()


def test_entries_skip_objects_deleted_during_the_walk(local_storage: LocalStorage) -> None:
    for name in ("a", "b", "c"):
        local_storage.put(f"jobs/{name}", b"data", media_type=PNG)
    entries = local_storage.entries("jobs/")
    first = next(entries)[0]
    deleted, left = {"jobs/a", "jobs/b", "jobs/c"} - {first}
    local_storage.delete(deleted)
    assert [key for key, _ in entries] == [left]


def test_a_directory_has_no_connections(local_storage: LocalStorage) -> None:
    local_storage.warm()
    local_storage.close_idle()
    local_storage.close()
    assert local_storage.stats() == PoolStats(0, 0, 0, 0)
    assert local_storage.key_of("bucket", "originals/a") is None


def test_a_directory_has_no_presigned_urls(local_storage: LocalStorage) -> None:
    assert local_storage.presigned_url("originals/a", expires_s=60) is None
    assert local_storage.presigned_post("originals/a", media_type=PNG, size=1, expires_s=60) is None
