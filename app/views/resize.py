"""``/resize``: the image, made to measure."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import quote

import msgspec
from flask import Blueprint, Response, jsonify, request

from app import formats, imaging, service, sources
from app.access import signing
from app.service import RenderSpec, Result
from app.storage import keys
from app.views import current_request, jobs, links, oversize, parameters

if TYPE_CHECKING:
    from app.access.policy import Grant
    from app.container import Container
    from app.service import Source
    from app.views.parameters import ResizeRequest

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
    grant = current_request.grant(container)
    container.access.require_transform(grant, "GET /resize")
    asked = parameters.from_query(container.presets)
    source = find_source(container, grant, asked)
    wanted = _wanted(asked, persist=grant.trusted)
    scope = "private" if grant.level == "key" else "public"
    service.check_watermark(container.tools, wanted)  # a 304 would keep it alive
    validator = service.etag(source.identity, wanted)
    if request.if_none_match.contains_weak(validator) or request.if_none_match.star_tag:
        response = _not_modified(container, asked, validator, scope=scope)
    else:
        result = service.resize(container.tools, current_request.turn(), source, wanted)
        response = _result(container, result, asked, wanted, scope=scope)
    response.headers["Access-Control-Allow-Origin"] = "*"
    if asked.options.format == "auto":
        response.vary.add("Accept")
    return response


def post(container: Container) -> Response:
    """Answer the image made of the body, or of the url or id it names.

    A caller that accepts only JSON gets the result stored and described instead.
    """
    grant = current_request.writer(container, "POST /resize")
    asked = parameters.from_body(container.presets)
    wanted = _wanted(asked, persist=grant.trusted)
    if jobs.preferred():
        return _defer(container, asked, wanted)
    turn = current_request.turn()
    if asked.data:
        result = Result(service.render(container.tools, turn, asked.data, wanted), "", "miss")
    else:
        result = service.resize(container.tools, turn, find_source(container, grant, asked), wanted)
    if request.accept_mimetypes.best_match(["image/*", "application/json"]) == "application/json":
        return _stored(container, result)
    if container.exceeds_response_limit(len(result.body)):
        identity = result.identity or container.tools.identify(asked.data)
        return _by_link(container, msgspec.structs.replace(result, identity=identity), asked, wanted)
    response = _image_response(result, asked)
    response.cache_control.no_store = True
    response.vary.add("Accept")
    return response


def _defer(container: Container, asked: ResizeRequest, wanted: RenderSpec) -> Response:
    """Check what can be checked now, so that it is said now, and leave the rest for later."""
    tools = container.tools
    service.check_watermark(tools, wanted)
    if asked.url:
        sources.check_url(asked.url)
        return jobs.accepted(container, service.order(tools, wanted, url=asked.url))
    if asked.data:
        return jobs.accepted(container, service.order(tools, wanted, data=asked.data), asked.data)
    image_id = _image_id(container, asked)
    service.stored_source(tools, current_request.turn(), image_id)
    return jobs.accepted(container, service.order(tools, wanted, id=image_id))


def _image_id(container: Container, asked: ResizeRequest) -> str:
    """Return the id of a stored image, storing first what a token stands for."""
    if not asked.token:
        return keys.check_id(asked.id)
    found = service.ticket(container.tools, asked.token)
    return service.complete(container.tools, current_request.turn(), found)[0].id


def find_source(container: Container, grant: Grant, asked: ResizeRequest) -> Source:
    """Return the image that the request names; raise what its source raises."""
    if asked.id or asked.token:
        return service.stored_source(container.tools, current_request.turn(), _image_id(container, asked))

    def permit(url: str) -> None:
        sources.check_url(url)
        allowed = sources.host_allowed(url, container.settings.source_allow)
        container.access.permit_source(grant, allowed, url)

    return service.url_source(container.tools, current_request.turn(), asked.url, permit)


def _wanted(asked: ResizeRequest, *, persist: bool) -> RenderSpec:
    # only formats named outright: clients that cannot show AVIF send */* as well
    named = {media_type for media_type, weight in request.accept_mimetypes if weight > 0}
    accepts = tuple(name for name in formats.auto_formats() if formats.media_type(name) in named)
    return RenderSpec(asked.options, accepts, persist)


def _result(container: Container, result: Result, asked: ResizeRequest, wanted: RenderSpec, *, scope: str) -> Response:
    if container.exceeds_response_limit(len(result.body)):
        return _by_link(container, result, asked, wanted, scope=scope)
    response = _image_response(result, asked)
    _keep(container, response, asked, service.etag(result.identity, wanted), scope=scope)
    return response


def _not_modified(container: Container, asked: ResizeRequest, validator: str, *, scope: str) -> Response:
    response = Response(status=304)
    _keep(container, response, asked, validator, scope=scope)
    return response


def _keep(container: Container, response: Response, asked: ResizeRequest, validator: str, *, scope: str) -> None:
    """Tell caches how long the image holds, and how to ask again."""
    response.set_etag(validator)
    immutable = ", immutable" if asked.id and not request.args.get("expires") else ""
    response.headers["Cache-Control"] = f"{scope}, max-age={_lifetime_s(container, asked)}{immutable}"


def _by_link(
    container: Container, result: Result, asked: ResizeRequest, wanted: RenderSpec, *, scope: str = "private"
) -> Response:
    """Store a result that is too large for Lambda to answer, and send the caller there.

    Raises OutputTooLarge for a caller whose results are not kept.
    """
    if not wanted.persist:
        raise oversize.refuse(container, len(result.body))
    key = service.keep(container.tools, current_request.turn(), result, wanted)
    named = _image_response(result, asked).headers.get("Content-Disposition")
    headers = {"Content-Disposition": named} if named else {}
    lifetime = _lifetime_s(container, asked) if request.method != "POST" else 0
    response = oversize.redirect(container, key, headers=headers, most_s=lifetime, scope=scope)
    response.headers["X-Cache"] = result.cache
    return response


def _image_response(result: Result, asked: ResizeRequest) -> Response:
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


def _lifetime_s(container: Container, asked: ResizeRequest) -> int:
    """Return how long the answer may be kept, never longer than a signed link lives."""
    seconds = _IMMUTABLE_S if asked.id else int(container.settings.url_max_age_s)
    expires = request.args.get("expires")
    return max(0, min(seconds, signing.expiry(expires) - int(container.now()))) if expires else seconds


def _stored(container: Container, result: Result) -> Response:
    image, new = service.upload(container.tools, current_request.turn(), result.body)
    response = jsonify(links.describe(container.settings, image))
    response.status_code = 201 if new else 200
    response.headers["Location"] = links.absolute(container.settings, "images.show", image_id=image.id)
    response.headers["X-Cache"] = result.cache
    response.vary.add("Accept")
    return response
