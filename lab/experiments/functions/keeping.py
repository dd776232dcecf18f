"""A function that lists the data earlier invocations left in memory and in its temp directory."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

_SEEN: list[str] = []


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Return the names found, then leave ``name`` in memory and as a file."""
    found = {"memory": list(_SEEN), "files": sorted(os.listdir(tempfile.gettempdir()))}
    _SEEN.append(event["name"])
    Path(tempfile.gettempdir(), event["name"]).touch()
    return found
