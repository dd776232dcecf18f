"""A function that lists the data earlier invocations left in memory and in its temp directory."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

_SEEN: list[str] = []
# a mount point may be there too, of a package or a storage that lies below /tmp
_PREFIX = "kept-"


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Return the names found, then leave ``name`` in memory and as a file."""
    kept = Path(tempfile.gettempdir()).glob(f"{_PREFIX}*")
    found = {"memory": list(_SEEN), "files": sorted(path.name.removeprefix(_PREFIX) for path in kept)}
    _SEEN.append(event["name"])
    Path(tempfile.gettempdir(), _PREFIX + event["name"]).touch()
    return found
