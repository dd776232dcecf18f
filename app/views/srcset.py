"""``/srcset``: links for several widths of one image, ready to paste."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, urlsplit

from flask import Blueprint, Response, jsonify, request, url_for

from app import imaging, options
from app.config import MAX_SIDE
from app.errors import InvalidParameter, ParameterError
from app.views import current_request, links, parameters
from app.views.resize import find_source

if TYPE_CHECKING:
    from app.container import Container
    from app.views.parameters import Pair, ResizeRequest

_MOST: Final = 20
_GIVEN: Final = ("width", "w", "widths")


def blueprint(container: Container) -> Blueprint:
    """Return the route of this module."""
    bp = Blueprint("srcset", __name__)
    bp.add_url_rule("/srcset", "get", partial(get, container), methods=["GET"])
    return bp


def get(container: Container) -> Response:
    """Answer a link per width, with the size that it will have, and an ``img`` element of them all.

    Where links are signed these are, so it is for key holders only.
    """
    grant = current_request.grant(container)
    container.access.require_full(grant, "GET /srcset")
    asked = _asked(container)
    _, data = find_source(container, grant, asked[0]).read()
    offered: dict[int, dict[str, Any]] = {}
    for each in asked:
        work = imaging.prepare(data, each.options.without("watermark"), container.settings)
        width, height = work.plan.canvas
        # what is not enlarged stays as wide as the source, which is offered once
        offered.setdefault(width, {"width": width, "height": height, "url": _link(container, each)})
    listed = [offered[width] for width in sorted(offered)]
    response = jsonify({"images": listed, "html": links.srcset(listed)})
    response.cache_control.no_store = True
    return response


def _asked(container: Container) -> list[ResizeRequest]:
    """Return what is asked for at each width; raise InvalidParameter."""
    pairs = parameters.query_pairs()
    widths = _widths([str(value) for name, value in pairs if name == "widths"]) or list(container.settings.widths)
    named = [name for name, _ in pairs if name in ("width", "w")]
    if named:
        raise InvalidParameter(ParameterError(named[0], "expected widths instead, one for each link"))
    rest: list[Pair] = [pair for pair in pairs if pair[0] not in _GIVEN]
    found = [parameters.read([*rest, ("width", str(width))], data=b"", presets=container.presets) for width in widths]
    if found[0].token:
        raise InvalidParameter(ParameterError("token", "expected url or id"))
    return found


def _widths(texts: list[str]) -> list[int]:
    """Return the widths of ``320,640``, each once, small to large; empty when none are given."""
    if not texts:
        return []
    parts = texts[0].split(",")
    if len(texts) > 1 or len(parts) > _MOST or not all(map(_is_width, parts)):
        detail = f"expected once, at most {_MOST} integers from 1 to {MAX_SIDE} as 320,640"
        raise InvalidParameter(ParameterError("widths", detail, options.shown(texts[0])))
    return sorted({int(part) for part in parts})


def _is_width(text: str) -> bool:
    # the length first: int() of a megabyte of digits takes seconds
    return text.isascii() and text.isdigit() and len(text) <= len(str(MAX_SIDE)) and 1 <= int(text) <= MAX_SIDE


def _link(container: Container, asked: ResizeRequest) -> str:
    """Return the link of one width: preset expanded, signed where a key signs, ``expires`` kept."""
    pairs = [("url", asked.url) if asked.url else ("id", asked.id), *parse_qsl(asked.options.canonical())]
    if request.args.get("expires"):
        pairs.append(("expires", request.args["expires"]))
    path = urlsplit(url_for("resize.get")).path.removeprefix(request.script_root)
    signature = container.access.sign(path, pairs)
    signed = [*pairs, ("s", signature)] if signature else pairs
    return links.absolute(container.settings, "resize.get", **dict(signed))
