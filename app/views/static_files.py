"""``/static/{version}/…``: style sheet and scripts, at addresses that change with their content."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from flask import Response, send_from_directory

if TYPE_CHECKING:
    from flask import Flask

ENDPOINT: Final = "static"
_MAX_AGE_S: Final = 31_536_000


def register(app: Flask) -> None:
    """Add the route, and let ``url_for("static", filename=…)`` name the version.

    The version is a folder of the URL and not a parameter, so that a script which imports ``./other.js`` gets the
    other of its own version.
    """

    folder = Path(app.root_path, "views", "static")

    @cache
    def current() -> str:
        return digest(folder)

    def add_version(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == ENDPOINT:
            values.setdefault("version", current())

    def send(version: str, filename: str) -> Response:
        """Return the file; only that of the current version may be kept, for ever."""
        response = send_from_directory(folder, filename)
        is_current = version == current()
        response.headers["Cache-Control"] = f"public, max-age={_MAX_AGE_S}, immutable" if is_current else "no-store"
        return response

    app.url_default_functions.setdefault(None, []).append(add_version)
    app.add_url_rule("/static/<version>/<path:filename>", ENDPOINT, send)


def digest(folder: Path) -> str:
    """Return a short name for the files in a folder; those in folders below are named after their content."""
    found = hashlib.sha256()
    for path in sorted(filter(Path.is_file, folder.iterdir())):
        found.update(f"{path.name}\n".encode() + path.read_bytes())
    return found.hexdigest()[:12]
