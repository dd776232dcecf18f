"""Whose scripts may read an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flask import request

from app.views import current_request

if TYPE_CHECKING:
    from flask import Response

    from app.access.policy import Access

# what scripts of every site may read, its errors too: without them they cannot tell what went wrong
_SHARED: Final = ("resize.get", "info.get", "images.original")


def share(access: Access, cors_origins: tuple[str, ...], response: Response) -> None:
    """Say who may read the answer."""
    is_read = request.endpoint in _SHARED and request.method != "OPTIONS"
    if is_read and current_request.is_shared(access, refused=response.status_code >= 400):
        # whatever the Origin: caches that leave it out of their key hand this answer to the scripts of every site
        response.headers["Access-Control-Allow-Origin"] = "*"
        return
    if is_read or cors_origins:
        response.vary.add("Origin")
    _allow_origins(cors_origins, response)


def _allow_origins(cors_origins: tuple[str, ...], response: Response) -> None:
    """Allow scripts of the listed origins to write here, in answers and in preflights."""
    origin = request.headers.get("Origin", "")
    if origin in cors_origins:
        response.headers["Access-Control-Allow-Origin"] = origin
        if request.method == "OPTIONS":
            response.headers["Access-Control-Allow-Methods"] = response.headers.get("Allow", "")
            response.headers["Access-Control-Allow-Headers"] = "Authorization, Content-Type, Prefer, X-Monolambda-Key"
