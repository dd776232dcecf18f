"""``/images/{id}``: a stored image's description, its original bytes, and its deletion."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, jsonify, make_response, redirect, render_template, request, url_for
from werkzeug.exceptions import RequestedRangeNotSatisfiable

from app.core.errors import InvalidParameter, RangeNotSatisfiable
from app.service import media_type
from app.views import current_request, editor, links, negotiation, oversize
from app.views.resize import IMAGE_POLICY

if TYPE_CHECKING:
    from app.container import Container
    from app.core.config import Settings
    from app.service import ImageStore, OpenedImage

_MAX_AGE_S = 31_536_000


def blueprint(container: Container) -> Blueprint:
    """Return the routes below ``/images/{id}``."""
    bp = Blueprint("images", __name__, url_prefix="/images/<image_id>")
    access, settings, images = container.access, container.settings, container.services.images

    @bp.get("")
    def show(image_id: str) -> Response:
        """Return metadata, links for the offered widths and ready-made HTML, as JSON or as the editor.

        Options of /resize in the query add the link to that result.
        """
        negotiation.require_acceptable()
        sign = links.signer(access, current_request.grant(access))
        return _description(container, images.open(image_id), sign)

    @bp.get("/original")
    def original(image_id: str) -> Response:
        """Return the uploaded bytes, with Range and If-None-Match, or a redirect if Lambda cannot return that many."""
        access.require_original(current_request.grant(access))
        current_request.require_match(image_id)
        limit = oversize.response_limit(settings)
        size = images.size(image_id) if current_request.gateway() else None
        if size is not None and size > limit:
            return _large_original(settings, images, image_id, size=size, limit=limit)
        return _original(settings, images, image_id)

    @bp.delete("")
    def remove(image_id: str) -> Response:
        """Delete the image with its results and jobs."""
        current_request.require_write(access, "DELETE /images/{id}")
        current_request.require_match(image_id)
        images.delete(image_id)
        return Response(status=204)

    @bp.get("/delete")
    def delete_form(image_id: str) -> str:
        """Return the page that asks whether to delete the image."""
        return _delete_page(settings, images.open(image_id))

    @bp.post("/delete")
    def submit_delete_form(image_id: str) -> Response:
        """Delete the image as DELETE does, which forms cannot send."""
        current_request.require_write(access, "POST /images/{id}/delete")
        images.delete(image_id)
        return make_response(redirect(url_for("pages.index"), 303))

    return bp


def _description(container: Container, opened: OpenedImage, sign: links.Sign) -> Response:
    settings, image = container.settings, opened.image
    renditions = [] if opened.refusal else links.renditions(settings, image, sign)
    described: dict[str, Any] = {
        **links.describe(settings, image),
        "renditions": renditions,
        "srcset": links.srcset(renditions),
    }
    is_page, edit = negotiation.prefers_html(), None
    if opened.refusal and editor.is_requested() and not is_page:
        raise opened.refusal
    if not opened.refusal and (is_page or editor.is_requested()):
        edit = editor.read(container, opened.data)
        if edit.errors and not is_page:
            raise InvalidParameter(*edit.errors)
        described["result"] = editor.result(settings, image, opened.data, edit, sign, now=container.now())
    if is_page:
        from app.views import units

        page = render_template(
            "image.html",
            image=described,
            refusal=opened.refusal,
            known="known" in request.args,
            still=image.frames > 1 and not editor.is_requested(),
            size=units.size,
            span=units.span,
            date=units.date,
            **(editor.form(edit) if edit else {}),
        )
        response = make_response(page, InvalidParameter.status if edit and edit.errors else 200)
    else:
        response = jsonify(described)
    response.vary.add("Accept")
    response.cache_control.private = True  # signed links are on it
    response.cache_control.no_cache = True
    return response


def _delete_page(settings: Settings, opened: OpenedImage) -> str:
    from app.views import units

    image = links.describe(settings, opened.image)
    return render_template("delete.html", image=image, refusal=opened.refusal, size=units.size)


def _original(settings: Settings, images: ImageStore, image_id: str) -> Response:
    data = images.read(image_id)
    response = Response(data, mimetype=media_type(data))
    response.set_etag(image_id)
    response.headers["Content-Security-Policy"] = IMAGE_POLICY
    response.headers["Cache-Control"] = f"{_scope(settings)}, max-age={_MAX_AGE_S}, immutable"
    try:
        response.make_conditional(_conditions(image_id, len(data)), accept_ranges=True, complete_length=len(data))
    except RequestedRangeNotSatisfiable as exc:
        raise RangeNotSatisfiable(len(data)) from exc
    return response


def _large_original(settings: Settings, images: ImageStore, image_id: str, *, size: int, limit: int) -> Response:
    """Return a link to an original above the limit of an answer, or where there is no link, a part below it.

    Raises OutputTooLarge when it is neither.
    """
    url = images.link(image_id, method=oversize.link_method())
    if url is None:
        part = _original(settings, images, image_id)
        if _fits(part, limit):
            return part
    # S3 answers Range, and has the media type
    return oversize.redirect(settings, url, size, max_age_s=_MAX_AGE_S, scope=_scope(settings))


def _fits(response: Response, limit: int) -> bool:
    """Return whether a response for an original above the limit is a part below it, or has no body at all."""
    if response.status_code == 206:
        return response.content_length is not None and response.content_length <= limit
    return response.status_code == 304


def _scope(settings: Settings) -> str:
    return "public" if settings.originals == "public" else "private"


def _conditions(image_id: str, length: int) -> dict[str, Any]:
    """Return the WSGI environment without If-Match, and with Range only if that is a single range of bytes of a GET.

    Malformed ranges and lists are ignored; a suffix longer than the image means all of it (RFC 9110, 14.1.2, 14.2).
    So is a range of which a weak ETag is the condition (13.1.5), and one of what the caller has already (13.2.2).
    """
    requested = request.range
    environ = {name: value for name, value in request.environ.items() if name not in ("HTTP_RANGE", "HTTP_IF_MATCH")}
    is_asked = (
        request.method == "GET"
        and not request.headers.get("If-Range", "").startswith("W/")
        and not request.if_none_match.contains_weak(image_id)
    )
    if is_asked and requested is not None and requested.units == "bytes" and len(requested.ranges) == 1:
        start, _ = requested.ranges[0]
        environ["HTTP_RANGE"] = f"bytes=-{length}" if start < -length else requested.to_header()
    return environ
