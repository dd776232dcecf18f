"""Pages for people: the upload form, and the reference generated from the code."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec
from flask import Blueprint, current_app, g, render_template, request

from app.core import formats
from app.views import current_request, links, uploaded

if TYPE_CHECKING:
    from app.container import Container


def blueprint(container: Container) -> Blueprint:
    """Return the routes ``/`` and ``/docs``."""
    bp = Blueprint("pages", __name__)

    @bp.get("/")
    def index() -> str:
        """Return the upload page, plain forms that work without a script, or the list of what was uploaded."""
        if request.args.get("uploaded"):
            return uploaded.page(container)
        return _upload(container)

    @bp.get("/docs")
    def docs() -> str:
        """Return the reference of every route, option and error, made from the OpenAPI document."""
        from app import openapi

        base = links.absolute(container.settings, "pages.index").removesuffix("/")
        service = openapi.service_of(container.settings, container.platform, base)
        with current_app.open_resource("views/static/examples/examples.json") as file:
            examples = msgspec.json.decode(file.read())
        return render_template(
            "docs.html", base=base, limits=container.settings, examples=examples, **openapi.reference(service)
        )

    return bp


def show_problem_on_upload_page(container: Container, field: str, url: str = "") -> None:
    """Have a problem of this request told on the upload page, beside ``field`` unless it is an error of the URL."""
    g.problem_page = partial(_problem, container, field, url)


def _problem(container: Container, field: str, url: str, problem: dict[str, Any]) -> str:
    if [error["parameter"] for error in problem.get("errors", ())][:1] == ["url"]:
        field, url = "url", request.form.get("url", "")
    return _upload(container, field=field, url=url, problem=problem)


def _upload(container: Container, *, field: str = "", url: str = "", problem: dict[str, Any] | None = None) -> str:
    """Return the upload page, with a ``problem`` beside the ``field``; ``url`` is what was typed there."""
    from app.views import units

    return render_template(
        "index.html",
        accept=",".join(formats.readable_types()),
        formats=formats.readable_labels(),
        limits=container.upload_limits(current_request.gateway()),
        size=units.binary_size,
        most=uploaded.MOST,
        field=field,
        url=url,
        problem=problem,
    )
