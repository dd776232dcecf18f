"""Storage in a directory: a file per key, written beside and moved into place."""

from __future__ import annotations

import os
import shutil
import stat
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, Literal
from uuid import uuid4

from app.errors import StorageUnavailable
from app.storage import Stored, keys

_TEMPORARY: Final = ".tmp"
_STALE_S: Final = 24 * 3600
_ATTEMPTS: Final = 100

Move = Callable[[Path, Path], bool]


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
            _remove_stale(self._temporary, now() - _STALE_S)

    def put(self, key: str, data: bytes, *, media_type: str) -> None:
        self._place(key, data, _replace)
        if key.startswith(keys.DERIVED):
            self._trim_sometimes(len(data))

    def put_new(self, key: str, data: bytes, *, media_type: str) -> bool:
        return self._place(key, data, _link)

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
        return Stored(found.st_size, found.st_mtime) if stat.S_ISREG(found.st_mode) else None

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
            shutil.rmtree(self._directory(prefix), ignore_errors=True)
        return removed

    def keys(self, prefix: str) -> Iterator[str]:
        directory = self._directory(prefix)
        with _translated():
            found = sorted(path.relative_to(self._root).as_posix() for path in _files(directory))
        yield from (key for key in found if key.startswith(prefix) and _is_key(key))

    def ok(self) -> bool:
        return os.access(self._temporary, os.W_OK)

    def _path(self, key: str) -> Path:
        if not _is_key(key):
            raise ValueError(f"not a storage key: {key!r}")
        return self._root / key

    def _directory(self, prefix: str) -> Path:
        """Return the directory below which every key that starts with ``prefix`` lives."""
        return self._path(f"{prefix}-").parent if "/" in prefix else self._root

    def _place(self, key: str, data: bytes, move: Move) -> bool:
        """Write to a file of our own, flush it to the disk, and let ``move`` make it visible at once."""
        path, temporary = self._path(key), self._temporary / uuid4().hex
        with _translated():
            try:
                with temporary.open("xb") as file:
                    file.write(data)
                    file.flush()
                    os.fsync(file.fileno())
                return _move_into(temporary, path, move)
            finally:
                temporary.unlink(missing_ok=True)

    def _trim_sometimes(self, written: int) -> None:
        with self._lock:
            self._untrimmed += written
            if self._untrimmed * 16 < self._cap:
                return
            self._untrimmed = 0
        with _translated():
            _trim(self._directory(keys.DERIVED), self._cap)


def _is_key(text: str) -> bool:
    """Say whether ``text`` is one path below a directory of ours, and no other spelling of it."""
    first, *rest = text.split("/")
    inside = bool(rest) and not first.startswith(".") and "\0" not in text
    return inside and not any(part in ("", ".", "..") for part in (first, *rest))


def _replace(temporary: Path, path: Path) -> bool:
    os.replace(temporary, path)
    return True


def _link(temporary: Path, path: Path) -> bool:
    try:
        os.link(temporary, path)
    except FileExistsError:
        return False
    return True


def _move_into(temporary: Path, path: Path, move: Move) -> bool:
    for _ in range(_ATTEMPTS):
        # a delete of the whole image can take the directory away in between, which mkdir tells in both ways
        with suppress(FileNotFoundError, FileExistsError):
            return _make_room(temporary, path, move)
    return _make_room(temporary, path, move)


def _make_room(temporary: Path, path: Path, move: Move) -> bool:
    path.parent.mkdir(parents=True, exist_ok=True)
    return move(temporary, path)


def _files(directory: Path) -> Iterator[Path]:
    """Yield every file below ``directory``; what goes away meanwhile is passed over."""
    for folder, _, names in os.walk(directory, onerror=_unless_gone):
        yield from (Path(folder, name) for name in names)


def _unless_gone(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError | NotADirectoryError):
        raise error


def _trim(directory: Path, cap: int) -> None:
    """Remove the oldest files until nine tenths of ``cap`` bytes are left."""
    found = []
    for path in _files(directory):
        with suppress(FileNotFoundError):
            about = path.stat()
            found.append((about.st_mtime, about.st_size, path))
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
    for path in _files(temporary):
        # another process may finish its write and take its file away while we look
        with suppress(FileNotFoundError):
            if path.stat().st_mtime < before:
                path.unlink()


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except OSError as exc:
        raise StorageUnavailable(f"the storage directory failed: {exc.strerror or type(exc).__name__}") from exc
