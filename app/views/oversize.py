"""Images too large for Lambda's response limit: a redirect to the bucket."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from flask import Response, request

from app.errors import OutputTooLarge

if TYPE_CHECKING:
    from app.config import Settings

# a cache drops the redirect this long before the link expires, so that nobody is sent to a dead link
_SAFETY_MARGIN_S: Final = 30


def link_method() -> Literal["GET", "HEAD"]:
    """Return the method that a link must allow: S3 signs each method apart."""
    return "HEAD" if request.method == "HEAD" else "GET"


def redirect(settings: Settings, url: str, *, max_age_s: int, scope: str) -> Response:
    """Return a redirect to a link of the storage, which caches keep for ``max_age_s`` or nearly the link's life.

    303 after POST, because the result is to be fetched with GET (RFC 9110, 15.4.4). It has no validator: a 304
    would keep an old link alive.
    """
    response = Response(status=303 if request.method == "POST" else 302, headers={"Location": url})
    seconds = max(0, min(max_age_s, int(settings.presign_s) - _SAFETY_MARGIN_S))
    response.headers["Cache-Control"] = f"{scope}, max-age={seconds}" if seconds else "no-store"
    return response


def refuse(settings: Settings, size: int) -> OutputTooLarge:
    """Return the error for a result that is too large to answer and may not be stored for this caller."""
    return OutputTooLarge(
        f"the result has {size} bytes, expected at most {settings.max_response_bytes}; "
        "with a signature or a key it is stored, and answered by a link"
    )
