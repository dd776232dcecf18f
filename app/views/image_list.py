"""``GET /images``: the stored images, for key holders, a page at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from flask import Blueprint, Response, jsonify, make_response, render_template, request

from app.core.errors import InvalidParameter, NotFound, ParameterError
from app.core.integers import integer
from app.views import current_request, links, negotiation

if TYPE_CHECKING:
    from app.container import Container

_LIMIT: Final = 50
_MOST: Final = 200


def blueprint(container: Container) -> Blueprint:
    """Return the route ``/images``."""
    bp = Blueprint("image_list", __name__)
    access, settings, images = container.access, container.settings, container.services.images

    @bp.get("/images")
    def show() -> Response:
        """Return a page of images, and the link to the next, as JSON or as a page for people."""
        negotiation.require_acceptable()
        access.require_full(current_request.grant(access), "GET /images")
        cursor, limit = _parameters()
        try:
            found = images.list_after(cursor, limit + 1)
        except NotFound as exc:
            expected = "expected the one in the link to the next page"
            raise InvalidParameter(ParameterError("cursor", expected, cursor)) from exc
        body: dict[str, Any] = {"images": [links.listed(settings, image) for image in found[:limit]]}
        if len(found) > limit:
            body["next"] = links.absolute(settings, "image_list.show", cursor=found[limit - 1].id, limit=limit)
        response = _page(body, container.now()) if negotiation.prefers_html() else jsonify(body)
        response.vary.add("Accept")
        response.cache_control.no_store = True
        return response

    return bp


def _page(body: dict[str, Any], now: float) -> Response:
    from app.views import units

    page = render_template("image_list.html", **body, now=now, size=units.size, ago=units.ago, date=units.date)
    return make_response(page)


def _parameters() -> tuple[str, int]:
    """Return the id to start after and how many images to return; raise InvalidParameter."""
    problems = [
        ParameterError(name, "expected 'cursor' and 'limit' only, each once", value)
        for name, value in request.args.items(multi=True)
        if name not in ("cursor", "limit") or len(request.args.getlist(name)) > 1
    ]
    given = request.args.get("limit", str(_LIMIT))
    limit = integer(given, 1, _MOST)
    if limit is None:
        problems.append(ParameterError("limit", f"expected an integer from 1 to {_MOST}", given))
    if problems or limit is None:
        raise InvalidParameter(*problems)
    return request.args.get("cursor", ""), limit
