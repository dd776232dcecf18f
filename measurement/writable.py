"""Asks whether a file can be written before anything is measured for it, and writes it whole."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from uuid import uuid4


def try_to_write(path: Path) -> None:
    """Raise OSError when the file cannot be written; leave it as it is."""
    was_there = path.exists()
    path.open("ab").close()
    if not was_there:
        # of a link, what it points to: that was created, and the link stays
        Path(os.path.realpath(path)).unlink()


def write_whole(path: Path, data: bytes) -> None:
    """Write a regular file; raise OSError. Whatever interrupts this, the file has its old bytes or all new ones."""
    # of a link, what it points to: the link stays
    target = Path(os.path.realpath(path))
    partial = target.with_name(f".{uuid4().hex}.part")
    try:
        partial.write_bytes(data)
        if target.exists():
            shutil.copymode(target, partial)
        partial.replace(target)
    except PermissionError:
        # a file that may be written, in a directory that may not
        target.write_bytes(data)
    finally:
        partial.unlink(missing_ok=True)
