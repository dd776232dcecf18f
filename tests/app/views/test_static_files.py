"""Style sheet and scripts: one address for one content, kept for ever, and nothing else from that folder or above."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import url_for
from flask.testing import FlaskClient

from app.views import static_files

FOLDER = Path(static_files.__file__).parent / "static"


def address(http: FlaskClient, name: str) -> str:
    with http.application.test_request_context():
        return url_for("static", filename=name)


@pytest.mark.parametrize("name", sorted(path.name for path in FOLDER.iterdir() if path.is_file()))
def test_the_current_version_is_kept_for_ever(http: FlaskClient, name: str) -> None:
    with http.get(address(http, name)) as answer:
        assert answer.data == (FOLDER / name).read_bytes()
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert answer.mimetype == {".css": "text/css", ".js": "text/javascript"}[Path(name).suffix]


def test_another_version_is_not_kept(http: FlaskClient) -> None:
    """A container that is one release behind, or ahead, must not fill caches with its own file."""
    with http.get("/static/0123456789ab/style.css") as answer:
        assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")


def test_the_version_follows_from_names_and_content(tmp_path: Path) -> None:
    seen = set()
    for name, content in (("a.js", "1"), ("a.js", "2"), ("b.js", "2")):
        (tmp_path / name).write_text(content)
        seen.add(static_files.digest(tmp_path))
    assert len(seen) == 3
    assert all(re.fullmatch("[0-9a-f]{12}", version) for version in seen)


@pytest.mark.parametrize("path", ["../static_files.py", "%2e%2e/static_files.py", "nothing.css", ""])
def test_there_is_nothing_else(http: FlaskClient, path: str) -> None:
    with http.get(f"/static/0/{path}") as answer:
        assert answer.status_code == 404
