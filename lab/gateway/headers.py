"""Headers, query strings and bodies as both REST and HTTP APIs treat them."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from typing import Any

from lab.http.server import Headers, Request

# hop-by-hop headers end at the gateway: https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1
_HOP_BY_HOP = frozenset(
    {"connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade", "proxy-connection"}
)


def forwarded_headers(request: Request, port: int) -> Headers:
    """Return the request's headers as the gateway passes them on, with its own X-Forwarded headers."""
    kept = [(name, value) for name, value in request.headers if name.lower() not in _HOP_BY_HOP]
    before = request.header("X-Forwarded-For")
    forwarded_for = f"{before}, {request.peer}" if before else request.peer
    ours = {"X-Forwarded-For": forwarded_for, "X-Forwarded-Port": str(port), "X-Forwarded-Proto": "http"}
    replaced = {name.lower() for name in ours}
    return (*((name, value) for name, value in kept if name.lower() not in replaced), *ours.items())


def multi_values(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Return every value of each name, in order."""
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        values.setdefault(name, []).append(value)
    return values


def event_body(body: bytes, *, as_text: bool) -> dict[str, Any]:
    """Return the two body fields of an event; with ``as_text`` the body is base64 only when it is not UTF-8."""
    if not body:
        return {"body": None, "isBase64Encoded": False}
    if as_text:
        try:
            return {"body": body.decode(), "isBase64Encoded": False}
        except UnicodeDecodeError:
            pass
    return {"body": base64.b64encode(body).decode(), "isBase64Encoded": True}


def response_headers(single: Mapping[str, Any], multi: Mapping[str, Any]) -> Headers:
    """Return a response's headers as pairs; a name in ``multi`` replaces the same name in ``single``."""
    replaced = {name.lower() for name in multi}
    return (
        *((str(name), _text(value)) for name, value in single.items() if name.lower() not in replaced),
        *((str(name), _text(value)) for name, values in multi.items() for value in values),
    )


def _text(value: Any) -> str:
    text = ("false", "true")[value] if isinstance(value, bool) else str(value)
    # no header injection: a line break must not end the header
    return text.replace("\r", " ").replace("\n", " ")
