"""Records the inputs of a build directory, so that it is rebuilt only when they change.

Uses only the standard library: the benchmark needs it before any requirement is installed.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "bench"


def stamp(*texts: str) -> str:
    """Return one digest of everything that a directory is made from."""
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()


def is_fresh(folder: Path, expected: str) -> bool:
    """Return whether ``folder`` was completed with the stamp ``expected``."""
    path = folder / "stamp"
    return path.exists() and path.read_text() == expected


def mark(folder: Path, value: str) -> None:
    """Write the stamp of ``folder``, as the last step of building it."""
    (folder / "stamp").write_text(value)
