"""Pages for people: the upload form, and the reference made from the definitions."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from flask import Blueprint, render_template

from app import errors, formats, options

if TYPE_CHECKING:
    from app.container import Container


def blueprint(container: Container) -> Blueprint:
    """Return the routes of this module."""
    bp = Blueprint("pages", __name__)
    bp.add_url_rule("/", "index", partial(index, container), methods=["GET"])
    bp.add_url_rule("/docs", "docs", docs, methods=["GET"])
    return bp


def index(container: Container) -> str:
    """Answer the upload page: a plain form, which works without a script."""
    accept = ",".join(formats.readable_types())
    return render_template("index.html", accept=accept, formats=formats.readable_labels(), limits=container.settings)


def docs() -> str:
    """Answer the options and the error codes, read from the code that checks them."""
    described = [options.describe(name) for name in options.TYPES]
    return render_template("docs.html", options=described, errors=sorted(errors.leaves(), key=lambda leaf: leaf.status))
