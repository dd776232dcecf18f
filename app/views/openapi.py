"""``/openapi.json``: the description of every route for programs, open to everybody."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from flask import Blueprint, Response

from app.views import links

if TYPE_CHECKING:
    from app.container import Container


def blueprint(container: Container) -> Blueprint:
    """Return the route ``/openapi.json``."""
    bp = Blueprint("openapi", __name__)
    settings = container.settings

    @bp.get("/openapi.json")
    def show() -> Response:
        """Return the OpenAPI document of this service, as it is configured and where it is reached."""
        from app import openapi

        url = links.absolute(settings, "pages.index").removesuffix("/")
        described = openapi.document(openapi.service_of(settings, container.platform, url))
        response = Response(msgspec.json.encode(described), mimetype="application/json")
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.cache_control.no_cache = True
        return response

    return bp
