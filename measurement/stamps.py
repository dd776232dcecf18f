"""Remembers what a built folder was made from, so that it is made again only when that changes.

Uses the standard library only, because the bench needs it before anything is installed.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "bench"


def stamp(*texts: str) -> str:
    """Return one digest of everything that a folder was made from."""
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()


def is_fresh(folder: Path, wanted: str) -> bool:
    """Say whether ``folder`` was made from what this stamp stands for."""
    path = folder / "stamp"
    return path.exists() and path.read_text() == wanted


def mark(folder: Path, wanted: str) -> None:
    """Remember what ``folder`` was made from; the last step of making it."""
    (folder / "stamp").write_text(wanted)
