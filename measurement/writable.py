"""Finds out whether a file can be written before anything is measured for it."""

from __future__ import annotations

import os
from pathlib import Path


def try_to_write(path: Path) -> None:
    """Raise OSError when the file cannot be written; leave it as it is."""
    was_there = path.exists()
    path.open("ab").close()
    if not was_there:
        # of a link, what it points to: that was created, and the link stays
        Path(os.path.realpath(path)).unlink()
