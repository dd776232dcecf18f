"""Storage in a directory: a file per key, written beside and moved into place."""

from __future__ import annotations

import os
import shutil
import stat
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Literal
from uuid import uuid4

from app.errors import StorageUnavailable
from app.runtime.pool_stats import PoolStats
from app.storage import Form, Stored, files, keys

_TEMPORARY: Final = ".tmp"
_STALE_S: Final = 24 * 3600
# ValueError: a key that no directory can hold, see _path
_ABSENT: Final = (FileNotFoundError, IsADirectoryError, NotADirectoryError, ValueError)


class LocalStorage:
    """Objects as files below ``root``.

    ``derived_bytes`` caps what is kept under ``derived/``: the oldest results go first. A key has at
    least one ``/``: the files directly in ``root``, such as the instance secret, are out of its reach.
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
            files.remove_stale(self._temporary, now() - _STALE_S)

    def put(self, key: str, data: bytes, *, media_type: str) -> None:
        self._place(key, [data], files.replace)
        if key.startswith(keys.DERIVED):
            self._trim_sometimes(len(data))

    def put_new(self, key: str, data: bytes, *, media_type: str) -> bool:
        return self._place(key, [data], files.link)

    def put_stream(self, key: str, blocks: Iterable[bytes], *, media_type: str) -> None:
        self._place(key, blocks, files.replace)

    def swap(self, key: str, old: bytes, new: bytes, *, media_type: str) -> bool:
        with _translated(), files.locked(self._root):
            return self.get(key) == old and self._place(key, [new], files.replace)

    def get(self, key: str) -> bytes | None:
        with _translated():
            try:
                return self._path(key).read_bytes()
            except _ABSENT:
                return None

    def read(self, key: str, start: int, stop: int) -> bytes | None:
        with _translated():
            try:
                with self._path(key).open("rb") as file:
                    file.seek(start)
                    return file.read(max(0, stop - start))
            except _ABSENT:
                return None

    def stat(self, key: str) -> Stored | None:
        with _translated():
            try:
                found = self._path(key).stat()
            except _ABSENT:
                return None
        return Stored(found.st_size, found.st_mtime) if stat.S_ISREG(found.st_mode) else None

    def delete(self, key: str) -> bool:
        with _translated(), files.locked(self._root):  # a swap must not bring back what goes now
            try:
                self._path(key).unlink()
            except _ABSENT:
                return False
        return True

    def delete_prefix(self, prefix: str) -> int:
        removed = sum(self.delete(key) for key in list(self.keys(prefix)))
        if prefix.endswith("/"):
            shutil.rmtree(self._directory(prefix), ignore_errors=True)
        return removed

    def keys(self, prefix: str) -> Iterator[str]:
        directory = self._directory(prefix)
        with _translated():
            found = sorted(path.relative_to(self._root).as_posix() for path in files.below(directory))
        yield from (key for key in found if key.startswith(prefix) and _is_key(key))

    def entries(self, prefix: str) -> Iterator[tuple[str, Stored]]:
        for key in self.keys(prefix):
            about = self.stat(key)
            if about is not None:
                yield key, about

    def link(
        self,
        key: str,
        *,
        expires_s: int,
        method: Literal["GET", "HEAD"] = "GET",
        headers: Mapping[str, str] | None = None,
    ) -> str | None:
        """Return None: a directory answers nobody, so its bytes go through the app."""

    def form(self, key: str, *, media_type: str, size: int, expires_s: int) -> Form | None:
        """Return None, as ``link``."""

    def locate(self, bucket: str, name: str) -> str | None:
        """Return None: no bucket leads here."""

    def ok(self) -> bool:
        return os.access(self._temporary, os.W_OK)

    def warm(self) -> None:
        """Do nothing: a directory has no connections to open, to drop, to tell of or to end."""

    def disconnect(self) -> None:
        pass

    def stats(self) -> PoolStats:
        return PoolStats(0, 0, 0, 0)

    def close(self) -> None:
        pass

    def _path(self, key: str) -> Path:
        """Return where the object is; raise ValueError for a key that would be another one's file, or none of ours."""
        if not _is_key(key):
            raise ValueError(f"not a storage key: {key!r}")
        return self._root / key

    def _directory(self, prefix: str) -> Path:
        """Return the directory below which every key that starts with ``prefix`` lives."""
        return self._path(f"{prefix}-").parent if "/" in prefix else self._root

    def _place(self, key: str, blocks: Iterable[bytes], move: files.Move) -> bool:
        """Write to a file of our own, flush it to the disk, and let ``move`` make it visible at once."""
        path, temporary = self._path(key), self._temporary / uuid4().hex
        with _translated():
            try:
                with temporary.open("xb") as file:
                    for block in blocks:
                        file.write(block)
                    file.flush()
                    os.fsync(file.fileno())
                return files.move_into(temporary, path, move)
            finally:
                temporary.unlink(missing_ok=True)

    def _trim_sometimes(self, written: int) -> None:
        with self._lock:
            self._untrimmed += written
            if self._untrimmed * 16 < self._cap:
                return
            self._untrimmed = 0
        with _translated():
            files.trim(self._directory(keys.DERIVED), self._cap)


def _is_key(text: str) -> bool:
    """Say whether ``text`` is one path below a directory of ours, and no other spelling of it."""
    first, *rest = text.split("/")
    inside = bool(rest) and not first.startswith(".") and "\0" not in text
    return inside and not any(part in ("", ".", "..") for part in (first, *rest))


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except OSError as exc:
        raise StorageUnavailable(f"the storage directory failed: {exc.strerror or type(exc).__name__}") from exc
