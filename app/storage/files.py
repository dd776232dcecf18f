"""Files and directories that other threads and processes change meanwhile."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

_ATTEMPTS: Final = 100

Move = Callable[[Path, Path], bool]


def replace(temporary: Path, path: Path) -> bool:
    """Make the file visible as ``path``, whatever was there."""
    os.replace(temporary, path)
    return True


def link(temporary: Path, path: Path) -> bool:
    """Make the file visible as ``path`` unless something is there; say whether it was done."""
    try:
        os.link(temporary, path)
    except FileExistsError:
        return False
    _flush(path.parent)
    return True


def _flush(directory: Path) -> None:
    """Write the directory itself to the disk, so that a power cut does not lose the name of a new file."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def move_into(temporary: Path, path: Path, move: Move) -> bool:
    """Run ``move`` with the directory of ``path`` in existence, however often others remove it."""
    for _ in range(_ATTEMPTS):
        # a delete of the whole image can take the directory away in between, which mkdir tells in both ways
        with suppress(FileNotFoundError, FileExistsError):
            return _make_room(temporary, path, move)
    return _make_room(temporary, path, move)


def _make_room(temporary: Path, path: Path, move: Move) -> bool:
    path.parent.mkdir(parents=True, exist_ok=True)
    return move(temporary, path)


@contextmanager
def locked(directory: Path) -> Iterator[None]:
    """Hold the lock of a directory against every other thread and process; it ends with whoever holds it."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def below(directory: Path) -> Iterator[Path]:
    """Yield every file below ``directory``; what goes away meanwhile is passed over."""
    for folder, _, names in os.walk(directory, onerror=_unless_gone):
        yield from (Path(folder, name) for name in names)


def _unless_gone(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError | NotADirectoryError):
        raise error


def trim(directory: Path, cap: int) -> None:
    """Remove the oldest files until nine tenths of ``cap`` bytes are left."""
    found = []
    for path in below(directory):
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


def remove_stale(temporary: Path, before: float) -> None:
    """Remove what a killed process left half written; no write takes a day."""
    for path in below(temporary):
        # another process may finish its write and take its file away while we look
        with suppress(FileNotFoundError):
            if path.stat().st_mtime < before:
                path.unlink()
