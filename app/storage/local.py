"""Storage in a local directory: one file per key, written to a temporary file and moved into place."""

from __future__ import annotations

import errno
import os
import shutil
import stat
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final
from uuid import uuid4

from app.core.config import Settings
from app.core.errors import StorageUnavailable
from app.storage import ObjectInfo, Storage, files, keys

_TEMPORARY: Final = ".tmp"
_ABANDONED_S: Final = 24 * 3600  # no write takes a day: such a file was left by a killed process
# ValueError: a key that no file can have, see _path
_NOT_FOUND: Final = (FileNotFoundError, IsADirectoryError, NotADirectoryError, ValueError)


def from_settings(settings: Settings) -> LocalStorage:
    """Return the storage of the container's directory."""
    return LocalStorage(Path(settings.storage), derived_bytes=settings.derived_bytes)


class LocalStorage(Storage):
    """Objects as files below ``root``.

    ``derived_bytes`` limits the size of ``derived/``: the oldest results are removed first. A key has at
    least one ``/``, so no key can name a file directly in ``root``, such as the instance secret.
    """

    kind = "local"

    def __init__(self, root: Path, *, derived_bytes: int, now: Callable[[], float] = time.time) -> None:
        self._root = root
        self._temporary = root / _TEMPORARY
        self._derived_bytes = derived_bytes
        self._written_since_eviction = derived_bytes  # so that the first write measures what is there
        self._lock = threading.Lock()
        with _map_exceptions():
            files.make_directory(self._temporary)
            files.remove_older(self._temporary, now() - _ABANDONED_S)

    def put(self, key: str, data: bytes, *, media_type: str) -> None:
        self._write(key, [data], files.replace)
        if key.startswith(keys.DERIVED):
            self._evict_when_due(len(data))

    def put_new(self, key: str, data: bytes, *, media_type: str) -> bool:
        return self._write(key, [data], files.link)

    def put_stream(self, key: str, blocks: Iterable[bytes], *, media_type: str) -> None:
        self._write(key, blocks, files.replace)

    def compare_and_swap(self, key: str, old: bytes, new: bytes, *, media_type: str) -> bool:
        with _map_exceptions(), files.locked(self._root):
            return self.get(key) == old and self._write(key, [new], files.replace)

    def get(self, key: str) -> bytes | None:
        with _map_exceptions():
            try:
                return self._path(key).read_bytes()
            except _NOT_FOUND:
                return None

    def stat(self, key: str) -> ObjectInfo | None:
        with _map_exceptions():
            try:
                found = self._path(key).stat()
            except _NOT_FOUND:
                return None
        etag = f"{found.st_ino}-{found.st_mtime_ns}"
        return ObjectInfo(found.st_size, found.st_mtime, etag) if stat.S_ISREG(found.st_mode) else None

    def delete(self, key: str) -> bool:
        with _map_exceptions(), files.locked(self._root):  # compare_and_swap must not bring it back
            try:
                path = self._path(key)
                path.unlink()
            except _NOT_FOUND:
                return False
            if path.parent.parent != self._root:
                files.remove_if_empty(path.parent)
        return True

    def delete_prefix(self, prefix: str) -> int:
        removed = super().delete_prefix(prefix)
        if prefix.endswith("/"):
            shutil.rmtree(self._directory(prefix), ignore_errors=True)
        return removed

    def keys(self, prefix: str) -> Iterator[str]:
        directory = self._directory(prefix)
        with _map_exceptions():
            found = sorted(map(self._key, files.walk(directory)))
        yield from (key for key in found if key.startswith(prefix) and _is_key(key))

    def entries(self, prefix: str) -> Iterator[tuple[str, ObjectInfo]]:
        directory = self._directory(prefix)
        with _map_exceptions():
            for entry in files.walk(directory):
                key = self._key(entry)
                if key.startswith(prefix) and _is_key(key):
                    with suppress(FileNotFoundError):  # deleted meanwhile
                        found = entry.stat()
                        yield key, ObjectInfo(found.st_size, found.st_mtime)

    def probe(self) -> None:
        """Write a file and delete it; a full or read-only disk can still be read."""
        with _map_exceptions(), self._flushed([bytes(4096)]):
            pass

    def _key(self, entry: os.DirEntry[str]) -> str:
        return Path(entry.path).relative_to(self._root).as_posix()

    def _path(self, key: str) -> Path:
        """Return the object's path; raise ValueError for a key that would lead elsewhere, or to another key's file."""
        if not _is_key(key):
            raise ValueError(f"not a storage key: {key!r}")
        return self._root / key

    def _directory(self, prefix: str) -> Path:
        """Return the directory that holds every key starting with ``prefix``."""
        return self._path(f"{prefix}-").parent if "/" in prefix else self._root

    def _write(self, key: str, blocks: Iterable[bytes], move: files.Move) -> bool:
        """Write a temporary file, flush it to the disk, and let ``move`` make it visible atomically."""
        path, durable = self._path(key), not key.startswith(keys.DERIVED)  # a result that is lost is made again
        with _map_exceptions(), self._flushed(blocks) as temporary:
            return files.move_into_place(temporary, path, move, durable=durable)

    @contextmanager
    def _flushed(self, blocks: Iterable[bytes]) -> Iterator[Path]:
        """Yield a temporary file with these bytes, which are on the disk already."""
        temporary = self._temporary / uuid4().hex
        try:
            with files.open_new(temporary) as file:
                for block in blocks:
                    file.write(block)
                file.flush()
                os.fsync(file.fileno())
            yield temporary
        finally:
            temporary.unlink(missing_ok=True)

    def _evict_when_due(self, written: int) -> None:
        """Evict once per sixteenth of the limit written: walking the directory at each write would cost too much."""
        with self._lock:
            self._written_since_eviction += written
            if self._written_since_eviction * 16 < self._derived_bytes:
                return
            self._written_since_eviction = 0
        with _map_exceptions():
            files.evict_oldest(self._directory(keys.DERIVED), self._derived_bytes)


def _is_key(text: str) -> bool:
    """Return whether ``text`` is the one spelling of a path below a directory of the storage."""
    first, *rest = text.split("/")
    inside = bool(rest) and not first.startswith(".") and "\0" not in text
    return inside and not any(part in ("", ".", "..") for part in (first, *rest))


@contextmanager
def _map_exceptions() -> Iterator[None]:
    try:
        yield
    except OSError as exc:
        unavailable = StorageUnavailable(f"the storage directory failed: {exc.strerror or type(exc).__name__}")
        unavailable.may_pass = exc.errno != errno.ENAMETOOLONG
        raise unavailable from exc
