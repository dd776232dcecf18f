"""A pytest plugin: imports the app as a Lambda container does, and lets every test client go through the handler."""

from __future__ import annotations

from app.core.imports.postponed import PostponedImports

with PostponedImports():
    import app.events
    import app.imaging.tag_names
    import app.views  # noqa: F401
