"""Pages for people: the upload form, and the reference generated from the code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, render_template

from app import errors, formats, options

if TYPE_CHECKING:
    from app.container import Container


def blueprint(container: Container) -> Blueprint:
    """Return the routes ``/`` and ``/docs``."""
    bp = Blueprint("pages", __name__)

    @bp.get("/")
    def index() -> str:
        """Return the upload page: a plain form, which works without a script."""
        accept, labels = ",".join(formats.readable_types()), formats.readable_labels()
        return render_template("index.html", accept=accept, formats=labels, limits=container.settings)

    @bp.get("/docs")
    def docs() -> str:
        """Return the reference of every option and error code, read from the code that checks them."""
        described = [options.describe(name) for name in options.TYPES]
        by_status = sorted(errors.leaves(), key=lambda leaf: leaf.status)
        return render_template("docs.html", options=described, errors=by_status)

    return bp
