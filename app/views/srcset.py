"""``/srcset``: links to one image at several widths, ready to paste."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl

from flask import Blueprint, Response, jsonify, request

from app import options
from app.core.config import MAX_SIDE
from app.core.errors import InvalidParameter, ParameterError
from app.core.integers import integer
from app.views import current_request, links, parameters
from app.views.resize import find_source

if TYPE_CHECKING:
    from app.container import Container
    from app.core.config import Settings
    from app.options import Presets, ResizeOptions
    from app.views.parameters import Pair, ResizeRequest

_MAX_WIDTHS: Final = 20
_WIDTH_NAMES: Final = ("width", "w", "widths")


def blueprint(container: Container) -> Blueprint:
    """Return the route ``/srcset``."""
    bp = Blueprint("srcset", __name__)
    access, settings, sources = container.access, container.settings, container.services.sources

    @bp.get("/srcset")
    def get() -> Response:
        """Return a link per width, each with the size of its result, and an ``img`` element with all of them.

        The links are signed where there is a signing key, so this is for key holders only.
        """
        grant = current_request.grant(access)
        access.require_full(grant, "GET /srcset")
        resize_requests = _read(settings, container.presets)
        _, data = find_source(sources, access, grant, resize_requests[0]).read()
        link = partial(_link, settings, links.signer(access, grant), resize_requests[0])
        images = links.sized(settings, data, (each.options for each in resize_requests), link)
        response = jsonify({"images": images, "html": links.srcset(images)})
        response.cache_control.no_store = True
        return response

    return bp


def _read(settings: Settings, presets: Presets) -> list[ResizeRequest]:
    """Return one resize request per width; raise InvalidParameter."""
    pairs = parameters.query_pairs()
    widths = _widths([str(value) for name, value in pairs if name == "widths"]) or list(settings.widths)
    misplaced = [name for name, _ in pairs if name in ("width", "w")]
    if misplaced:
        raise InvalidParameter(ParameterError(misplaced[0], "expected widths instead, one for each link"))
    rest: list[Pair] = [pair for pair in pairs if pair[0] not in _WIDTH_NAMES]
    read = [parameters.read([*rest, ("width", str(width))], data=b"", presets=presets) for width in widths]
    parameters.refuse_token(read[0], "expected url or id")
    return read


def _widths(texts: list[str]) -> list[int]:
    """Return the widths of ``320,640``, without duplicates and sorted; empty when none are given."""
    if not texts:
        return []
    parts = texts[0].split(",")
    widths = [width for part in parts if (width := integer(part, 1, MAX_SIDE))]
    if len(texts) > 1 or len(parts) > _MAX_WIDTHS or len(widths) < len(parts):
        detail = f"expected once, at most {_MAX_WIDTHS} integers from 1 to {MAX_SIDE} as 320,640"
        raise InvalidParameter(ParameterError("widths", detail, options.shown(texts[0])))
    return sorted(set(widths))


def _link(settings: Settings, sign: links.Sign, resize_request: ResizeRequest, chosen: ResizeOptions) -> str:
    """Return the link to the source with these options, ``expires`` kept, and a signature if there is a key."""
    source = ("url", resize_request.url) if resize_request.url else ("id", resize_request.id)
    pairs = [source, *parse_qsl(chosen.canonical())]
    if request.args.get("expires"):
        pairs.append(("expires", request.args["expires"]))
    return links.resized(settings, sign, **dict(pairs))
