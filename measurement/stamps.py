"""Builds a directory once, and again only when what it is made from has changed.

Uses only the standard library: the benchmark needs it before any requirement is installed.
"""

from __future__ import annotations

import fcntl
import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "bench"


def stamp(*texts: str) -> str:
    """Return one digest of everything that a directory is made from."""
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()


def build_once(folder: Path, expected: str, build: Callable[[], None]) -> None:
    """Call ``build``, which fills ``folder``, unless it was completed with the stamp ``expected``."""
    path = folder / "stamp"
    with locked(folder):
        if path.exists() and path.read_text() == expected:
            return
        build()
        path.write_text(expected)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Let one process at a time build ``folder``: two that start with an empty ``build/`` would delete each other's."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_name(f"{folder.name}.lock").open("w") as handle:  # closing it ends the lock
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
