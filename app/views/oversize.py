"""Images too large for Lambda to answer: a redirect to where they are stored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from flask import Response, request

from app.errors import OutputTooLarge

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.container import Container

# what a cache keeps of the link's life at most, so that who follows it in the last second still arrives
_LATE_S: Final = 30


def redirect(
    container: Container, key: str, *, headers: Mapping[str, str], most_s: int, scope: str = "private"
) -> Response:
    """Return a redirect to a link to the stored image, kept by caches for ``most_s`` or nearly its life.

    303 after POST, since what is there is to be got (RFC 9110, 15.4.4). It has no validator: a 304
    would give an old link a new life.
    """
    lifetime = int(container.settings.presign_s)
    method: Literal["GET", "HEAD"] = "HEAD" if request.method == "HEAD" else "GET"
    url = container.tools.storage.presigned_url(key, expires_s=lifetime, method=method, headers=headers)
    response = Response(status=303 if request.method == "POST" else 302, headers={"Location": str(url)})
    seconds = max(0, min(most_s, lifetime - _LATE_S))
    response.headers["Cache-Control"] = f"{scope}, max-age={seconds}" if seconds else "no-store"
    return response


def refuse(container: Container, size: int) -> OutputTooLarge:
    """Return the error for a result that is too large to answer and may not be stored for this caller."""
    return OutputTooLarge(
        f"the result has {size} bytes, expected at most {container.settings.max_response_bytes}; "
        "with a signature or a key it is stored, and answered by a link"
    )
