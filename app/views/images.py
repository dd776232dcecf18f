"""``/images/{id}``: what is known of a stored image, its bytes, and its end."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, jsonify, make_response, redirect, render_template, request, url_for
from werkzeug.exceptions import RequestedRangeNotSatisfiable

from app import imaging, service
from app.errors import RangeNotSatisfiable
from app.storage import keys
from app.views import current_request, links, oversize
from app.views.resize import IMAGE_POLICY

if TYPE_CHECKING:
    from app.container import Container


def blueprint(container: Container) -> Blueprint:
    """Return the routes of this module."""
    bp = Blueprint("images", __name__, url_prefix="/images/<image_id>")
    bp.add_url_rule("", "show", partial(show, container), methods=["GET"])
    bp.add_url_rule("", "remove", partial(remove, container), methods=["DELETE"])
    bp.add_url_rule("/original", "original", partial(original, container), methods=["GET"])
    bp.add_url_rule("/delete", "delete_form", partial(delete_form, container), methods=["GET", "POST"])
    return bp


def show(container: Container, image_id: str) -> Response:
    """Answer metadata, links for the offered widths and ready HTML, as JSON or as a page."""
    current_request.require_acceptable()
    image = service.describe(container.tools, keys.check_id(image_id))
    offered = links.renditions(container.settings, image)
    described = {
        **links.describe(container.settings, image),
        "renditions": offered,
        "srcset": links.srcset(offered),
    }
    if current_request.prefers_html():
        response = make_response(render_template("image.html", image=described))
    else:
        response = jsonify(described)
    response.vary.add("Accept")
    response.cache_control.no_cache = True
    return response


def original(container: Container, image_id: str) -> Response:
    """Answer the bytes as they were uploaded; Range and If-None-Match are honoured."""
    container.access.require_original(current_request.grant(container))
    if container.exceeds_response_limit(container.settings.max_source_bytes):
        found = container.tools.storage.stat(keys.original(keys.check_id(image_id)))
        if found is not None and container.exceeds_response_limit(found.bytes):
            return _original_by_link(container, image_id)
    data = service.original(container.tools, keys.check_id(image_id))
    response = Response(data, mimetype=imaging.media_type(imaging.sniff(data[:64]) or ""))
    response.set_etag(image_id)
    response.headers["Content-Security-Policy"] = IMAGE_POLICY
    response.headers["Access-Control-Allow-Origin"] = "*"
    scope = "public" if container.settings.originals == "public" else "private"
    response.headers["Cache-Control"] = f"{scope}, max-age=31536000, immutable"
    try:
        response.make_conditional(_with_one_range(len(data)), accept_ranges=True, complete_length=len(data))
    except RequestedRangeNotSatisfiable as exc:
        raise RangeNotSatisfiable(len(data)) from exc
    return response


def _original_by_link(container: Container, image_id: str) -> Response:
    """Send the caller to an original that is too large for Lambda; S3 honours Range and remembers the type."""
    scope = "public" if container.settings.originals == "public" else "private"
    key = keys.original(image_id)
    response = oversize.redirect(container, key, headers={}, most_s=31_536_000, scope=scope)
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


def _with_one_range(length: int) -> dict[str, Any]:
    """Return the WSGI environment with the one range that was asked for, if it was one.

    Malformed ranges and several are ignored, a suffix longer than the image means all of it (RFC 9110, 14.1.2, 14.2).
    """
    asked = request.range
    environ = {name: value for name, value in request.environ.items() if name != "HTTP_RANGE"}
    if asked is not None and asked.units == "bytes" and len(asked.ranges) == 1:
        start, _ = asked.ranges[0]
        environ["HTTP_RANGE"] = f"bytes=-{length}" if start < -length else asked.to_header()
    return environ


def remove(container: Container, image_id: str) -> Response:
    """Delete the image and everything made of it."""
    current_request.writer(container, "DELETE /images/{id}")
    service.delete(container.tools, keys.check_id(image_id))
    return Response(status=204)


def delete_form(container: Container, image_id: str) -> Response:
    """Ask on GET, delete on POST: what a form can do where DELETE cannot be sent."""
    if request.method != "POST":
        image = service.describe(container.tools, keys.check_id(image_id))
        return make_response(render_template("delete.html", image=links.describe(container.settings, image)))
    current_request.writer(container, "POST /images/{id}/delete")
    service.delete(container.tools, keys.check_id(image_id))
    response = redirect(url_for("pages.index"), 303)
    return make_response(response)
