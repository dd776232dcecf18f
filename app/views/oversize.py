"""Images larger than what the gateway lets through: a redirect to the bucket."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final, Literal

from flask import Response, request

from app.core.errors import OutputTooLarge
from app.views import current_request

if TYPE_CHECKING:
    from app.core.config import Settings

# a cache drops the redirect this long before the link expires, so that nobody is sent to a dead link
_SAFETY_MARGIN_S: Final = 30


def response_limit(settings: Settings) -> int:
    """Return how many bytes an image may have that is answered itself; without a gateway there is no limit."""
    gateway = current_request.gateway()
    return sys.maxsize if gateway is None else min(settings.max_response_bytes, gateway.response_body_bytes)


def link_method() -> Literal["GET", "HEAD"]:
    """Return the method that a link must allow: S3 signs each method apart."""
    return "HEAD" if request.method == "HEAD" else "GET"


def redirect(settings: Settings, url: str | None, size: int, *, max_age_s: int, scope: str) -> Response:
    """Return a redirect to a link of the storage, which caches keep for ``max_age_s`` or nearly the link's life.

    303 after POST, because the result is to be fetched with GET (RFC 9110, 15.4.4). It has no validator: a 304
    would keep an old link alive. Raises OutputTooLarge for a storage that gives out no links.
    """
    if url is None:
        raise too_large(settings, size, "with a bucket as storage it is answered by a link")
    response = Response(status=303 if request.method == "POST" else 302, headers={"Location": url})
    seconds = max(0, min(max_age_s, int(settings.presign_s) - _SAFETY_MARGIN_S))
    response.headers["Cache-Control"] = f"{scope}, max-age={seconds}" if seconds else "no-store"
    return response


def too_large(settings: Settings, size: int, cure: str) -> OutputTooLarge:
    """Return the error for an image that is too large to answer, and cannot be linked to."""
    return OutputTooLarge(f"the image has {size} bytes, expected at most {response_limit(settings)} here; {cure}")
