"""``/info``: what is known of an image without making another one."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

import msgspec
from flask import Blueprint, Response, jsonify

from app import imaging, options
from app.errors import InvalidParameter, ParameterError
from app.options import ResizeOptions
from app.views import current_request, parameters
from app.views.resize import find_source

if TYPE_CHECKING:
    from app.container import Container
    from app.views.parameters import Pair, ResizeRequest

# parameters of ours: what each may say, the usual first
_KNOWN: Final = {"colors": ("0", "1"), "exif": ("safe", "all")}
_SAME: Final = {"false": "0", "true": "1"}


def blueprint(container: Container) -> Blueprint:
    """Return the routes of this module."""
    bp = Blueprint("info", __name__)
    bp.add_url_rule("/info", "get", partial(get, container), methods=["GET"])
    bp.add_url_rule("/info", "post", partial(post, container), methods=["POST"])
    return bp


def get(container: Container) -> Response:
    """Answer what is known of the image that ``url`` or ``id`` names."""
    grant = current_request.grant(container)
    container.access.require_transform(grant, "GET /info")
    asked, wanted = _asked(parameters.query_pairs(), b"")
    _, data = find_source(container, grant, asked).read()
    response = _answer(container, data, wanted)
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.cache_control.no_cache = True
    return response


def post(container: Container) -> Response:
    """Answer the same for the image in the body, or that the body names."""
    grant = current_request.grant(container)
    container.access.require_transform(grant, "POST /info")
    asked, wanted = _asked(*parameters.body_pairs())
    data = asked.data or find_source(container, grant, asked).read()[1]
    response = _answer(container, data, wanted)
    response.cache_control.no_store = True
    return response


def _asked(pairs: list[Pair], data: bytes) -> tuple[ResizeRequest, dict[str, str]]:
    """Return the source, and what is wanted of it; raise InvalidParameter with all that is wrong."""
    wanted = {name: words[0] for name, words in _KNOWN.items()}
    problems: list[ParameterError] = []
    seen: set[str] = set()
    for name, value in pairs:
        if name not in _KNOWN:
            continue
        word = _word(value)
        if name in seen or word not in _KNOWN[name]:
            expected = " or ".join(_KNOWN[name])
            problems.append(ParameterError(name, f"expected once, {expected}", options.shown(value)))
        seen.add(name)
        wanted[name] = word
    return _source([pair for pair in pairs if pair[0] not in _KNOWN], data, problems), wanted


def _word(value: object) -> str:
    text = str(value).lower() if isinstance(value, bool | int | str) else ""
    return _SAME.get(text, text)


def _source(pairs: list[Pair], data: bytes, problems: list[ParameterError]) -> ResizeRequest:
    try:
        asked = parameters.read(pairs, data=data)
        names = [name for name, _ in pairs if options.ALIASES.get(name, name) in options.TYPES]
        problems += [ParameterError(name, "there is no such parameter of /info") for name in names]
    except InvalidParameter as exc:
        raise InvalidParameter(*problems, *exc.errors) from exc
    if problems:
        raise InvalidParameter(*problems)
    return msgspec.structs.replace(asked, options=ResizeOptions())


def _answer(container: Container, data: bytes, wanted: dict[str, str]) -> Response:
    tools, turn = container.tools, current_request.turn()
    info = imaging.describe(data, container.settings, position=wanted["exif"] == "all")
    members: dict[str, Any] = msgspec.to_builtins(info)
    if wanted["colors"] == "1":
        work = imaging.prepare_look(data, container.settings)
        with tools.admission.admit(work.cost.memory_bytes, work.cost.cpu_s, turn.deadline):
            look = imaging.look(work, data, turn.deadline, turn.stopwatch)
        members.update(msgspec.to_builtins(look))
    return jsonify(members)
