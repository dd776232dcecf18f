"""Storage in a directory: a file per key, written beside and moved into place."""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Literal
from uuid import uuid4

from app.errors import StorageUnavailable
from app.storage import Stored, keys

_TEMPORARY: Final = ".tmp"
_STALE_S: Final = 24 * 3600


class LocalStorage:
    """Objects as files below ``root``.

    ``derived_bytes`` caps what is kept under ``derived/``: the oldest results go first.
    """

    kind: Literal["local", "s3"] = "local"

    def __init__(self, root: Path, *, derived_bytes: int, now: Callable[[], float] = time.time) -> None:
        self._root = root
        self._temporary = root / _TEMPORARY
        self._cap = derived_bytes
        self._untrimmed = derived_bytes  # so that the first write looks at what is there
        self._lock = threading.Lock()
        with _translated():
            self._temporary.mkdir(parents=True, exist_ok=True)
            _remove_stale(self._temporary, now() - _STALE_S)

    def put(self, key: str, data: bytes, *, media_type: str) -> None:
        self._place(key, data, os.replace)
        if key.startswith(keys.DERIVED):
            self._trim_sometimes(len(data))

    def put_new(self, key: str, data: bytes, *, media_type: str) -> bool:
        try:
            self._place(key, data, os.link)
        except FileExistsError:
            return False
        return True

    def get(self, key: str) -> bytes | None:
        with _translated():
            try:
                return self._path(key).read_bytes()
            except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
                return None

    def read(self, key: str, start: int, stop: int) -> bytes | None:
        with _translated():
            try:
                with self._path(key).open("rb") as file:
                    file.seek(start)
                    return file.read(max(0, stop - start))
            except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
                return None

    def stat(self, key: str) -> Stored | None:
        with _translated():
            try:
                found = self._path(key).stat()
            except (FileNotFoundError, NotADirectoryError):
                return None
        return Stored(found.st_size, found.st_mtime)

    def delete(self, key: str) -> bool:
        with _translated():
            try:
                self._path(key).unlink()
            except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
                return False
        return True

    def delete_prefix(self, prefix: str) -> int:
        removed = sum(self.delete(key) for key in list(self.keys(prefix)))
        if prefix.endswith("/"):
            shutil.rmtree(self._path(prefix.rstrip("/")), ignore_errors=True)
        return removed

    def keys(self, prefix: str) -> Iterator[str]:
        directory = self._path(prefix.rpartition("/")[0] or ".")
        with _translated():
            found = sorted(path.relative_to(self._root).as_posix() for path in directory.rglob("*") if path.is_file())
        yield from (key for key in found if key.startswith(prefix) and not key.startswith(_TEMPORARY))

    def ok(self) -> bool:
        return os.access(self._temporary, os.W_OK)

    def _path(self, key: str) -> Path:
        path = self._root / key
        if ".." in path.parts or key.startswith("/"):
            raise ValueError(f"not a storage key: {key!r}")
        return path

    def _place(self, key: str, data: bytes, move: Callable[[Path, Path], None]) -> None:
        """Write to a file of our own, flush it to the disk, and let ``move`` make it visible at once."""
        temporary = self._temporary / uuid4().hex
        with _translated():
            try:
                with temporary.open("xb") as file:
                    file.write(data)
                    file.flush()
                    os.fsync(file.fileno())
                _move_into(temporary, self._path(key), move)
            finally:
                temporary.unlink(missing_ok=True)

    def _trim_sometimes(self, written: int) -> None:
        with self._lock:
            self._untrimmed += written
            if self._untrimmed * 16 < self._cap:
                return
            self._untrimmed = 0
        with _translated():
            _trim(self._path(keys.DERIVED.rstrip("/")), self._cap)


def _move_into(temporary: Path, path: Path, move: Callable[[Path, Path], None]) -> None:
    for attempt in range(3):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            return move(temporary, path)
        except FileNotFoundError:
            # a delete of the whole image took the directory away in between
            if attempt == 2:
                raise


def _trim(directory: Path, cap: int) -> None:
    """Remove the oldest files until nine tenths of ``cap`` bytes are left."""
    found = []
    for path in directory.rglob("*"):
        try:
            stat = path.stat()
        except FileNotFoundError:
            continue
        if path.is_file():
            found.append((stat.st_mtime, stat.st_size, path))
    total = sum(size for _, size, _ in found)
    if total <= cap:
        return
    for _, size, path in sorted(found):
        if total <= cap * 0.9:
            break
        path.unlink(missing_ok=True)
        total -= size


def _remove_stale(temporary: Path, before: float) -> None:
    """Remove what a killed process left half written; no write takes a day."""
    for path in temporary.iterdir():
        if path.stat().st_mtime < before:
            path.unlink(missing_ok=True)


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except FileExistsError:
        raise
    except OSError as exc:
        raise StorageUnavailable(f"the storage directory failed: {exc.strerror or type(exc).__name__}") from exc
