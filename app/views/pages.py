"""Pages for people: the upload form, what was uploaded, and the reference generated from the code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from flask import Blueprint, current_app, render_template, request

from app.core import formats
from app.core.errors import NotFound
from app.views import current_request, links
from app.views.upload import MAX_LISTED

if TYPE_CHECKING:
    from app.container import Container


def blueprint(container: Container) -> Blueprint:
    """Return the routes ``/`` and ``/docs``."""
    bp = Blueprint("pages", __name__)

    @bp.get("/")
    def index() -> str:
        """Return the upload page, plain forms that work without a script, or the list of what was uploaded."""
        if request.args.get("uploaded"):
            return _uploaded(container)
        from app.views import units

        limits = container.upload_limits(current_request.gateway())
        accept, labels = ",".join(formats.readable_types()), formats.readable_labels()
        return render_template("index.html", accept=accept, formats=labels, limits=limits, size=units.binary_size)

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


def _uploaded(container: Container) -> str:
    """Return the page of the images that the address names, without those that are gone."""
    images: list[dict[str, Any]] = []
    for image_id in request.args["uploaded"].split(",")[:MAX_LISTED]:
        try:
            images.append(links.describe(container.settings, container.services.images.describe(image_id)))
        except NotFound:
            continue
    known = request.args.get("known", "").split(",")
    return render_template("uploaded.html", images=images, known=known, problems=())
