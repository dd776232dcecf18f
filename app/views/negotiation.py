"""Which representation the caller of the current request prefers (RFC 9110, 12)."""

from __future__ import annotations

from typing import NamedTuple

from flask import request

from app.core import formats
from app.core.errors import NotAcceptable


class Preference(NamedTuple):
    """How much a caller wants a media type; of two with the same weight, the one that is named."""

    weight: float
    named: bool


def prefers_html() -> bool:
    """Return whether the caller prefers a page to JSON, as browsers do and programs do not."""
    page = _preference("text/html")
    return page.weight > 0 and page > _preference("application/json")


def require_acceptable() -> None:
    """Raise NotAcceptable when the caller takes neither JSON nor a page (RFC 9110, 15.5.7)."""
    accepted = request.accept_mimetypes
    if accepted and not any(accepted.quality(media_type) for media_type in ("application/json", "text/html")):
        raise NotAcceptable("this address responds with application/json or text/html")


def accepts_only_json() -> bool:
    """Return whether the caller takes JSON and none of our images; a wildcard takes images too."""
    accepted = request.accept_mimetypes
    takes_images = any(accepted.quality(formats.media_type(name)) for name in formats.WRITABLE)
    return accepted.quality("application/json") > 0 and not takes_images


def accepted_formats() -> tuple[str, ...]:
    """Return the formats that ``format=auto`` may answer, by weight: those of our choice, and the source's own.

    Ours count only where they are named, because clients that cannot show AVIF send ``*/*`` as well.
    """
    automatic = formats.auto_formats()
    own = tuple(name for name in formats.WRITABLE if formats.FORMATS[name].web and name not in automatic)
    found = {name: _preference(formats.media_type(name)) for name in (*automatic, *own)}
    usable = [name for name in found if found[name].weight > 0 and (name in own or found[name].named)]
    ranked = sorted(usable, key=lambda name: -found[name].weight)
    while ranked and ranked[-1] in own:  # the source's own is answered anyway when nothing else is left
        ranked.pop()
    return tuple(ranked)


def _preference(media_type: str) -> Preference:
    """Return the weight of the media range that fits best, and whether it names the type (RFC 9110, 12.5.1)."""
    accepted = request.accept_mimetypes
    named = any(media_range.lower() == media_type for media_range, _ in accepted)
    return Preference(accepted.quality(media_type), named)
