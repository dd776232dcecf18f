"""A function that returns what earlier invocations have left, in memory and in its temp directory."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

_SEEN: list[str] = []


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Return what is there, then leave ``name`` in memory and as a file."""
    found = {"memory": list(_SEEN), "files": sorted(os.listdir(tempfile.gettempdir()))}
    _SEEN.append(event["name"])
    Path(tempfile.gettempdir(), event["name"]).touch()
    return found
