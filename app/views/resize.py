"""``/resize``: an image in the size and format that the caller wants."""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING, Literal
from urllib.parse import quote

import msgspec
from flask import Blueprint, Response, jsonify, request

from app import imaging
from app.access import signing
from app.core import formats
from app.service import RenderSpec, Result, media_type
from app.views import current_request, job_status, links, negotiation, oversize, parameters

if TYPE_CHECKING:
    from app.access.grant import Grant
    from app.access.policy import Access
    from app.container import Container
    from app.core.config import Settings
    from app.service import ImageStore, Source, Sources
    from app.views.parameters import ResizeRequest

Scope = Literal["public", "private"]

# a browser may show bytes that a stranger uploaded, and nothing else
IMAGE_POLICY = "default-src 'none'; sandbox"
_IMMUTABLE_S = 31_536_000


def blueprint(container: Container) -> Blueprint:
    """Return the routes of ``/resize``."""
    bp = Blueprint("resize", __name__)
    access, services = container.access, container.services

    @bp.get("/resize")
    def get() -> Response:
        """Return the image made from ``url`` or ``id``, or 304 before anything is decoded."""
        grant = current_request.grant(access)
        access.require_transform(grant, "GET /resize")
        resize_request = parameters.from_query(container.presets)
        if resize_request.options.metadata == "all":
            access.require_trust(grant, "metadata=all")
        source = find_source(services.sources, access, grant, resize_request)
        response = _get(container, grant, resize_request, source)
        if resize_request.options.format == "auto":
            response.vary.add("Accept")
        return response

    @bp.post("/resize")
    def post() -> Response:
        """Return the image made from the body, or from the URL or id it names.

        A caller that accepts JSON and no image gets the result stored and described instead.
        """
        grant = current_request.require_write(access, "POST /resize")
        resize_request = parameters.from_body(container.presets)
        if job_status.is_preferred():
            return _defer(container, grant, resize_request)
        return _post(container, grant, resize_request)

    return bp


def find_source(sources: Sources, access: Access, grant: Grant, resize_request: ResizeRequest) -> Source:
    """Return the image that the request names by token, id or URL; raise what getting it raises."""
    context = current_request.context()
    if resize_request.token:
        return sources.uploaded(context, resize_request.token)
    if resize_request.id:
        return sources.stored(context, resize_request.id)
    return sources.from_url(context, resize_request.url, partial(access.check_source, grant))


def _get(container: Container, grant: Grant, resize_request: ResizeRequest, source: Source) -> Response:
    results, spec = container.services.results, _spec(resize_request, persist=grant.trusted)
    scope: Scope = "private" if grant.level in ("key", "session") else "public"
    max_age_s = _max_age_s(container.settings, resize_request, now=container.now())
    etag = spec.etag(source.identity)
    condition = request.if_none_match
    if source.stored:  # another ETag may follow from what is at a URL
        current_request.require_match(etag)
    # "*" is true of every image (RFC 9110, 13.1.2); at a URL there may be something else, until it is decoded
    if condition.contains_weak(etag) and (source.stored or not condition.star_tag):
        results.check_watermark(spec)  # a 304 would keep a deleted watermark visible
        response = _not_modified()
    else:
        result = results.resize(current_request.context(), source, spec)
        etag = spec.etag(result.identity)
        current_request.require_match(etag)
        if condition.star_tag:
            response = _not_modified()
        elif len(result.body) > oversize.response_limit(container.settings):
            # who needs no signature is not bound by its end
            left_s = _left_s(container.now()) if grant.level == "signature" else sys.maxsize
            return _link(container, result, spec, max_age_s=min(max_age_s, left_s), left_s=left_s, scope=scope)
        else:
            response = _image(result, spec.options.download)
    response.set_etag(etag)
    immutable = ", immutable" if _never_changes(resize_request) and not request.args.get("expires") else ""
    response.headers["Cache-Control"] = f"{scope}, max-age={max_age_s}{immutable}"
    return response


def _not_modified() -> Response:
    return Response(status=304, headers={"Content-Security-Policy": IMAGE_POLICY})


def _post(container: Container, grant: Grant, resize_request: ResizeRequest) -> Response:
    services, context = container.services, current_request.context()
    spec = _spec(resize_request, persist=grant.trusted)
    if resize_request.data:
        result = Result(services.results.render(context, resize_request.data, spec), "", "miss")
    else:
        source = find_source(services.sources, container.access, grant, resize_request)
        result = services.results.resize(context, source, spec)
    if negotiation.accepts_only_json():
        return _store(container.settings, services.images, result)
    if len(result.body) > oversize.response_limit(container.settings):
        identity = result.identity or services.images.identify(resize_request.data)
        stored = msgspec.structs.replace(result, identity=identity)
        return _link(container, stored, spec, max_age_s=0, left_s=sys.maxsize, scope="private")
    response = _image(result, spec.options.download)
    response.cache_control.no_store = True
    response.vary.add("Accept")
    return response


def _defer(container: Container, grant: Grant, resize_request: ResizeRequest) -> Response:
    """Raise every error that can be found now, and leave the rest to a job."""
    services, spec = container.services, _spec(resize_request, persist=grant.trusted)
    services.results.check_watermark(spec)
    url, data = resize_request.url, resize_request.data
    imaging.check_bytes(len(data), container.settings)
    if url:
        container.access.check_source(grant, url)
    if url or data:
        job_request = services.jobs.new_request(spec, url=url, data=data)
    else:
        source = find_source(services.sources, container.access, grant, resize_request)
        job_request = services.jobs.new_request(spec, id=source.identity)
    job_id, job = services.jobs.defer(job_request, data)
    return job_status.accept(container.settings, services.images, job_id, job)


def _spec(resize_request: ResizeRequest, *, persist: bool) -> RenderSpec:
    accepts = negotiation.accepted_formats() if resize_request.options.format == "auto" else ()
    return RenderSpec(resize_request.options, accepts, persist)


def _max_age_s(settings: Settings, resize_request: ResizeRequest, *, now: float) -> int:
    """Return how long caches may keep the answer, never longer than a signed link is valid."""
    seconds = _IMMUTABLE_S if _never_changes(resize_request) else int(settings.url_max_age_s)
    return min(seconds, _left_s(now))


def _left_s(now: float) -> int:
    """Return for how many more seconds the signed link of this request is valid; without ``expires`` it has no end."""
    expires = request.args.get("expires")
    return max(0, signing.expiry(expires) - int(now)) if expires else sys.maxsize


def _never_changes(resize_request: ResizeRequest) -> bool:
    """Return whether the query means the same image for ever; the settings may give a preset another meaning."""
    return bool(resize_request.id) and "preset" not in request.args


def _image(result: Result, download: str | None) -> Response:
    response = Response(result.body, mimetype=media_type(result.body))
    response.headers["X-Cache"] = result.cache
    response.headers["Content-Security-Policy"] = IMAGE_POLICY
    if download:
        name = formats.file_name(download, formats.sniff(result.body) or "")
        response.headers.set("Content-Disposition", "attachment", **_file_name(name))
    return response


def _file_name(name: str) -> dict[str, str]:
    """Return the parameters for a file name; ``filename*`` holds one that is not ASCII, and wins (RFC 6266, 4.3)."""
    if name.isascii():
        return {"filename": name}
    plain = "".join(letter if letter.isascii() else "_" for letter in name)
    return {"filename": plain, "filename*": f"UTF-8''{quote(name, safe='')}"}


def _link(
    container: Container, result: Result, spec: RenderSpec, *, max_age_s: int, left_s: int, scope: Scope
) -> Response:
    """Store a result that is too large for Lambda to answer, and redirect to it for ``left_s`` seconds at most.

    Raises OutputTooLarge for a caller whose results are not kept.
    """
    if not spec.persist:
        cure = "with a signature or a key it is stored, and answered by a link"
        raise oversize.too_large(container.settings, len(result.body), cure)
    results = container.services.results
    results.store(current_request.context(), result, spec)
    disposition = _image(result, spec.options.download).headers.get("Content-Disposition")
    headers = {"Content-Disposition": disposition} if disposition else {}
    url = results.link(result, spec, longest_s=left_s, method=oversize.link_method(), headers=headers)
    response = oversize.redirect(container.settings, url, len(result.body), max_age_s=max_age_s, scope=scope)
    response.headers["X-Cache"] = result.cache
    return response


def _store(settings: Settings, images: ImageStore, result: Result) -> Response:
    image, is_new = images.store_result(current_request.context(), result.body)
    response = jsonify(links.describe(settings, image))
    response.status_code = 201 if is_new else 200
    response.headers["Location"] = links.absolute(settings, "images.show", image_id=image.id)
    response.headers["X-Cache"] = result.cache
    response.vary.add("Accept")
    return response
