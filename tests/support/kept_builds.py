"""What several suites build from the same files: built once, and again when one of these has changed."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from measurement.stamps import locked


def copy_of_build(kept: Path, stamp: str, build: Callable[[Path], object], target: Path) -> Path:
    """Copy the directory ``kept`` to ``target`` and return that; ``build`` fills it unless it has this stamp.

    Suites that start at once wait for the first. Each has a copy, because one that starts later may build again.
    """
    built_from = kept.with_name(f"{kept.name}.stamp")
    with locked(kept):
        if not kept.is_dir() or not built_from.exists() or built_from.read_text() != stamp:
            built_from.unlink(missing_ok=True)
            shutil.rmtree(kept, ignore_errors=True)
            kept.mkdir()
            build(kept)
            built_from.write_text(stamp)
        return Path(shutil.copytree(kept, target))
