"""Files in directories that other threads and processes change at the same time."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Final

_ATTEMPTS: Final = 100

Move = Callable[[Path, Path], bool]


def replace(temporary: Path, path: Path) -> bool:
    """Move the file to ``path``, replacing any other file there."""
    os.replace(temporary, path)
    return True


def link(temporary: Path, path: Path) -> bool:
    """Hard-link the file to ``path`` unless that exists; return whether it was done."""
    try:
        os.link(temporary, path)
    except FileExistsError:
        return False
    return True


def _fsync_directory(directory: Path) -> None:
    """Flush the directory itself, so that a power cut does not lose the name of a new file."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def move_into_place(temporary: Path, path: Path, move: Move, *, durable: bool = True) -> bool:
    """Call ``move`` once the directory of ``path`` exists, however often others remove it.

    A ``durable`` name is on the disk afterwards.
    """
    for _ in range(_ATTEMPTS):
        # deleting an image removes its directory, before or after mkdir found it: hence two errors
        with suppress(FileNotFoundError, FileExistsError):
            return _make_parent_and_move(temporary, path, move, durable)
    return _make_parent_and_move(temporary, path, move, durable)


def _make_parent_and_move(temporary: Path, path: Path, move: Move, durable: bool) -> bool:
    make_directory(path.parent, durable=durable)
    is_moved = move(temporary, path)
    if durable:
        _fsync_directory(path.parent)
    return is_moved


def make_directory(path: Path, *, durable: bool = True) -> None:
    """Make the directory, and those above it that are missing, for the owner only; one that exists stays as it is.

    Its name is on the disk afterwards if it is ``durable``.
    """
    if path.is_dir():
        return
    make_directory(path.parent, durable=durable)  # mkdir(parents=True) would let everybody read those above it
    path.mkdir(mode=0o700, exist_ok=True)
    if durable:
        _fsync_directory(path.parent)


def open_new(path: Path) -> BinaryIO:
    """Open a new file that only its owner can read: originals may show where somebody lives."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


@contextmanager
def locked(directory: Path) -> Iterator[None]:
    """Lock a directory against every other thread and process; the lock ends with the process that holds it."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def walk(directory: Path | str) -> Iterator[os.DirEntry[str]]:
    """Yield every file below ``directory`` as the file system finds it, without reading a whole directory first.

    Directories that disappear during the walk are skipped.
    """
    try:
        with os.scandir(directory) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    yield from walk(entry.path)
                elif entry.is_file():
                    yield entry
    except (FileNotFoundError, NotADirectoryError):
        return


def remove_if_empty(directory: Path | str) -> None:
    """Remove the directory unless there is something in it, so that walks do not pass ever more empty ones."""
    with suppress(OSError):
        os.rmdir(directory)


def evict_oldest(directory: Path, cap: int) -> None:
    """When the files hold more than ``cap`` bytes, remove the oldest until they hold nine tenths of it."""
    # summed before anything is listed: a list takes memory for every file there is, and mostly nothing is to be removed
    if sum(status.st_size for _, status in _walk_status(directory)) <= cap:
        return
    found = sorted((status.st_mtime, status.st_size, path) for path, status in _walk_status(directory))
    total = sum(size for _, size, _ in found)
    for _, size, path in found:
        if total <= cap * 0.9:
            break
        Path(path).unlink(missing_ok=True)
        remove_if_empty(os.path.dirname(path))
        total -= size


def _walk_status(directory: Path) -> Iterator[tuple[str, os.stat_result]]:
    for entry in walk(directory):
        with suppress(FileNotFoundError):
            yield entry.path, entry.stat()


def remove_older(directory: Path, before: float) -> None:
    """Remove the files last written before ``before``, in Unix seconds; leave those that cannot be removed."""
    for entry in walk(directory):
        # another process may remove its file while we look at it, and a disk may be read-only
        with suppress(OSError):
            if entry.stat().st_mtime < before:
                os.unlink(entry.path)
