"""``/resize``: the image, made to measure."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import quote

from flask import Blueprint, Response, jsonify, request

from app import imaging, service, signing, sources
from app.service import Result, Wanted
from app.storage import keys
from app.views import call, links, parameters

if TYPE_CHECKING:
    from app.access import Grant
    from app.container import Container
    from app.service import Source
    from app.views.parameters import Asked

# what a browser may do with bytes that a stranger uploaded: show them, and nothing else
IMAGE_POLICY = "default-src 'none'; sandbox"
_IMMUTABLE_S = 31_536_000


def blueprint(container: Container) -> Blueprint:
    """Return the routes of this module."""
    bp = Blueprint("resize", __name__)
    bp.add_url_rule("/resize", "get", partial(get, container), methods=["GET"])
    bp.add_url_rule("/resize", "post", partial(post, container), methods=["POST"])
    return bp


def get(container: Container) -> Response:
    """Answer the image made of ``url`` or ``id``, or 304 before anything is decoded."""
    grant = call.grant(container)
    container.access.require_transform(grant, "GET /resize")
    asked = parameters.from_query()
    source = _source(container, grant, asked)
    wanted = _wanted(asked, persist=grant.trusted)
    validator = service.etag(source.identity, wanted)
    if request.if_none_match.contains_weak(validator) or request.if_none_match.star_tag:
        response = Response(status=304)
    else:
        result = service.resize(container.tools, call.turn(), source, wanted)
        validator = service.etag(result.identity, wanted)
        response = _image_response(result, asked)
    response.set_etag(validator)
    response.headers["Cache-Control"] = _cache_control(container, grant, asked)
    response.headers["Access-Control-Allow-Origin"] = "*"
    if asked.options.format == "auto":
        response.vary.add("Accept")
    return response


def post(container: Container) -> Response:
    """Answer the image made of the body, or of the url or id it names.

    A caller that accepts only JSON gets the result stored and described instead.
    """
    grant = call.writer(container, "POST /resize")
    asked = parameters.from_body()
    wanted = _wanted(asked, persist=grant.trusted)
    turn = call.turn()
    if asked.data:
        result = Result(service.render(container.tools, turn, asked.data, wanted), "", "miss")
    else:
        result = service.resize(container.tools, turn, _source(container, grant, asked), wanted)
    if request.accept_mimetypes.best_match(["image/*", "application/json"]) == "application/json":
        return _stored(container, result)
    response = _image_response(result, asked)
    response.cache_control.no_store = True
    response.vary.add("Accept")
    return response


def _source(container: Container, grant: Grant, asked: Asked) -> Source:
    if asked.id:
        return service.stored_source(container.tools, call.turn(), keys.check_id(asked.id))

    def permit(url: str) -> None:
        sources.check_url(url)
        allowed = sources.host_allowed(url, container.settings.source_allow)
        container.access.permit_source(grant, allowed, url)

    return service.url_source(container.tools, call.turn(), asked.url, permit)


def _wanted(asked: Asked, *, persist: bool) -> Wanted:
    # only formats named outright: clients that cannot show AVIF send */* as well
    named = {media_type for media_type, weight in request.accept_mimetypes if weight > 0}
    accepts = tuple(name for name in ("avif", "webp") if imaging.media_type(name) in named)
    return Wanted(asked.options, accepts, persist)


def _image_response(result: Result, asked: Asked) -> Response:
    media_type = imaging.media_type(imaging.sniff(result.body[:64]) or "")
    response = Response(result.body, mimetype=media_type)
    response.headers["X-Cache"] = result.cache
    response.headers["Content-Security-Policy"] = IMAGE_POLICY
    if asked.options.download:
        response.headers.set("Content-Disposition", "attachment", **_file_names(asked.options.download))
    return response


def _file_names(name: str) -> dict[str, str]:
    """Return the name as header parameters: beyond ASCII also as ``filename*``, which then wins (RFC 6266, 4.3)."""
    if name.isascii():
        return {"filename": name}
    plain = "".join(letter if letter.isascii() else "_" for letter in name)
    return {"filename": plain, "filename*": f"UTF-8''{quote(name, safe='')}"}


def _cache_control(container: Container, grant: Grant, asked: Asked) -> str:
    """Return how long the answer may be kept, never longer than a signed link lives."""
    seconds = _IMMUTABLE_S if asked.id else int(container.settings.url_max_age_s)
    expires = request.args.get("expires")
    if expires:
        seconds = max(0, min(seconds, signing.expiry(expires) - int(container.now())))
    scope = "private" if grant.level == "key" else "public"
    immutable = ", immutable" if asked.id and not expires else ""
    return f"{scope}, max-age={seconds}{immutable}"


def _stored(container: Container, result: Result) -> Response:
    image, new = service.upload(container.tools, call.turn(), result.body)
    response = jsonify(links.describe(container.settings, image))
    response.status_code = 201 if new else 200
    response.headers["Location"] = links.absolute(container.settings, "images.show", image_id=image.id)
    response.headers["X-Cache"] = result.cache
    response.vary.add("Accept")
    return response
