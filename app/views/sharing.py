"""Whose scripts may read an answer, and whether caches may keep the error that it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flask import current_app, g, request

from app.core import errors
from app.views import current_request

if TYPE_CHECKING:
    from flask import Response

    from app.access.policy import Access
    from app.core.config import Settings

# what scripts of every site may read, its errors too: without them they cannot tell what went wrong
_SHARED: Final = ("resize.get", "info.get", "images.original")
# Errors that follow from the query and what is stored, and not from who asks. A wrong or expired signature is none of
# them, because who sends a key needs no signature; nor is SourceBlocked, because who has signed in may fetch from more
# hosts. A cache may see neither key nor session.
_SAME_FOR_ALL: Final = (errors.InvalidParameter, errors.UriTooLong, errors.NotFound, errors.SourceNotFound)
# Ten seconds in caches that many share, so that a wrong link on a page costs little; none in a browser
_KEPT: Final = "public, max-age=0, s-maxage=10"

# what the API reads, beside the headers that every script may send
_ASKED: Final = "Authorization, Content-Type, If-Match, If-None-Match, If-Range, Prefer, Range, X-Monolambda-Key"
# what the API answers, beside the headers that every script may read
_TOLD: Final = (
    "Accept-Ranges, Allow, Content-Disposition, Content-Range, ETag, Location, Preference-Applied, Retry-After, "
    "Server-Timing, Vary, WWW-Authenticate, X-Cache, X-Cold-Start, X-Container-Id, X-Request-Id"
)


def share(access: Access, settings: Settings, response: Response) -> None:
    """Say who may read the answer, and for an error that is the same for everybody, that it may be kept."""
    is_read = request.endpoint in _SHARED and request.method != "OPTIONS"
    if is_read and current_request.is_shared(access, refused=response.status_code >= 400):
        # whatever the Origin: caches that leave it out of their key hand this answer to the scripts of every site
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Access-Control-Expose-Headers"] = _TOLD
        if _has_own_links(settings) and _is_same_for_all(response):
            response.headers["Cache-Control"] = _KEPT
        return
    if is_read or settings.cors_origins:
        response.vary.add("Origin")
    _allow_origins(settings.cors_origins, response)


def _has_own_links(settings: Settings) -> bool:
    """Return whether the links in an answer lead here: a Host that anybody may choose must not get into a cache."""
    return bool(settings.public_url or current_app.config["TRUSTED_HOSTS"])


def _is_same_for_all(response: Response) -> bool:
    """Return whether this is an error of ``GET /resize`` that everybody gets, and that no credentials came with."""
    if request.endpoint != "resize.get" or not isinstance(g.get("error"), _SAME_FOR_ALL):
        return False
    caller = current_request.caller()
    is_page = response.mimetype == "text/html"  # says who has signed in
    return not (is_page or caller.key or caller.authorization or caller.session)


def _allow_origins(cors_origins: tuple[str, ...], response: Response) -> None:
    """Allow scripts of the listed origins to write here, in answers and in preflights."""
    origin = request.headers.get("Origin", "")
    if origin in cors_origins:
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Expose-Headers"] = _TOLD
        if request.method == "OPTIONS":
            response.headers["Access-Control-Allow-Methods"] = response.headers.get("Allow", "")
            response.headers["Access-Control-Allow-Headers"] = _ASKED
