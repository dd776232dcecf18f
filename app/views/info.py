"""``/info``: the facts about an image."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final

import msgspec
from flask import Blueprint, Response, jsonify, request

from app import imaging, options
from app.core.errors import InvalidParameter, ParameterError
from app.options import ResizeOptions
from app.views import current_request, parameters
from app.views.resize import find_source

if TYPE_CHECKING:
    from app.access.grant import Grant
    from app.access.policy import Access
    from app.container import Container
    from app.service import Renderer, Source
    from app.views.parameters import Pair, ResizeRequest

# the parameters of /info itself and their values, the default first
_PARAMETERS: Final = {"colors": ("0", "1"), "exif": ("safe", "all")}
_SYNONYMS: Final = {"false": "0", "true": "1"}


def blueprint(container: Container) -> Blueprint:
    """Return the routes of ``/info``."""
    bp = Blueprint("info", __name__)
    access, sources, renderer = container.access, container.services.sources, container.services.renderer

    @bp.get("/info")
    def get() -> Response:
        """Return the facts about the image that ``url`` or ``id`` names, or 304 before anything is read."""
        grant = current_request.grant(access)
        access.require_transform(grant, "GET /info")
        resize_request, flags = _read(parameters.query_pairs(), b"")
        parameters.refuse_token(resize_request, "expected in the JSON body of POST /info")
        _require_trust(access, grant, flags)
        return _get(renderer, find_source(sources, access, grant, resize_request), flags)

    @bp.post("/info")
    def post() -> Response:
        """Return the same for the image in the body, or the one that the body names."""
        grant = current_request.grant(access)
        access.require_transform(grant, "POST /info")
        resize_request, flags = _read(*parameters.body_pairs())
        if resize_request.token:
            current_request.require_write(access, "POST /info with a token")
        _require_trust(access, grant, flags)
        data = resize_request.data or find_source(sources, access, grant, resize_request).read()[1]
        response = jsonify(_facts(renderer, data, flags))
        response.cache_control.no_store = True
        return response

    return bp


def _get(renderer: Renderer, source: Source, flags: dict[str, str]) -> Response:
    condition, etag = request.if_none_match, _etag(source.identity, flags)
    # as of a result: "*" is true of every image, but at a URL there may be something else
    is_known = condition.contains_weak(etag) and (source.stored or not condition.star_tag)
    response = Response(status=304)
    if not is_known:
        identity, data = source.read()
        facts, etag = _facts(renderer, data, flags), _etag(identity, flags)
        if not condition.contains_weak(etag):
            response = jsonify(facts)
    current_request.require_match(etag)
    response.set_etag(etag)
    response.cache_control.no_cache = True
    return response


def _etag(identity: str, flags: dict[str, str]) -> str:
    """Return the validator of the facts, known before anything is read."""
    text = f"{identity}\n{imaging.engine()}\ninfo {flags['colors']} {flags['exif']}"
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _require_trust(access: Access, grant: Grant, flags: dict[str, str]) -> None:
    if flags["exif"] == "all":
        access.require_trust(grant, "exif=all")


def _read(pairs: list[Pair], data: bytes) -> tuple[ResizeRequest, dict[str, str]]:
    """Return where the image is, and the parameters of /info; raise InvalidParameter listing every mistake."""
    flags = {name: values[0] for name, values in _PARAMETERS.items()}
    problems: list[ParameterError] = []
    seen: set[str] = set()
    for name, value in pairs:
        if name not in _PARAMETERS:
            continue
        text = str(value).lower() if isinstance(value, bool | int | str) else ""
        flag = _SYNONYMS.get(text, text)
        if name in seen or flag not in _PARAMETERS[name]:
            expected = " or ".join(_PARAMETERS[name])
            problems.append(ParameterError(name, f"expected once, {expected}", options.shown(value)))
        seen.add(name)
        flags[name] = flag
    return _read_source([pair for pair in pairs if pair[0] not in _PARAMETERS], data, problems), flags


def _read_source(pairs: list[Pair], data: bytes, problems: list[ParameterError]) -> ResizeRequest:
    try:
        resize_request = parameters.read(pairs, data=data)
        names = [name for name, _ in pairs if options.ALIASES.get(name, name) in options.TYPES]
        problems += [ParameterError(name, "there is no such parameter of /info") for name in names]
    except InvalidParameter as exc:
        raise InvalidParameter(*problems, *exc.errors) from exc
    if problems:
        raise InvalidParameter(*problems)
    return msgspec.structs.replace(resize_request, options=ResizeOptions())


def _facts(renderer: Renderer, data: bytes, flags: dict[str, str]) -> dict[str, Any]:
    info = imaging.describe(data, renderer.limits, position=flags["exif"] == "all")
    facts: dict[str, Any] = msgspec.to_builtins(info)
    if flags["colors"] == "1":
        facts.update(msgspec.to_builtins(renderer.appearance(current_request.context(), data)))
    return facts
