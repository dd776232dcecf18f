"""Reads what ``python -v`` prints about bytecode."""

from __future__ import annotations

import re
from pathlib import Path


def bundled_modules(log: str) -> list[str]:
    """Return the modules that were imported from the bundle of a package."""
    return re.findall(r"^import '(\S+)' # <app\.core\.imports\.bundle\.BundleLoader ", log, re.MULTILINE)


def recompiled_sources(log: str, tree: Path) -> list[str]:
    """Return the sources below ``tree`` that had to be compiled; unlike bytecode, the log does not quote them."""
    return re.findall(rf"^# code object from ({re.escape(str(tree))}\S+\.py)$", log, re.MULTILINE)
