"""The directory of one build, and the end of those that killed builds have left."""

from __future__ import annotations

import fcntl
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Final

from measurement.stamps import locked

PREFIX: Final = "package-"
# what tempfile makes of the prefix
_PATTERN: Final = f"{PREFIX}{'?' * 8}"
_LOCK: Final = "lock"


@contextmanager
def build_directory(parent: Path) -> Iterator[Path]:
    """Yield an empty directory below ``parent``, which no other build touches and which is gone afterwards.

    A build holds the lock of its directory until its process ends, however it ends. What nobody holds is of a build
    that was killed, and the next one removes it.
    """
    with ExitStack() as stack:
        # so that no build is seen between its directory and its lock, nor while it removes them
        builds = parent / PREFIX.strip("-")
        with locked(builds):
            _remove_stale(parent)
            directory = Path(tempfile.mkdtemp(dir=parent, prefix=PREFIX))
            stack.enter_context(_held(directory))
        stack.callback(_remove, directory, builds)
        tree = directory / "tree"
        tree.mkdir()
        yield tree


def _remove(directory: Path, builds: Path) -> None:
    with locked(builds):
        shutil.rmtree(directory)


def _remove_stale(parent: Path) -> None:
    for directory in parent.glob(_PATTERN):
        # of a build that runs, of another user, or a file
        with suppress(OSError), _held(directory):
            shutil.rmtree(directory, ignore_errors=True)


@contextmanager
def _held(directory: Path) -> Iterator[None]:
    """Hold the lock of a directory; raise BlockingIOError when another process does."""
    with (directory / _LOCK).open("w") as handle:  # closing it ends the lock
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
