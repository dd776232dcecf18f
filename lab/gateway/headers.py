"""What both kinds of API do with headers, queries and bodies on the way in."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from typing import Any

from lab.http.server import Headers, Request

# connection-level headers end at the gateway
_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade", "proxy-connection"})


def incoming(request: Request, port: int) -> Headers:
    """Return the request's headers as the gateway passes them on: its own forwarding headers added."""
    kept = [(name, value) for name, value in request.headers if name.lower() not in _HOP]
    before = request.header("X-Forwarded-For")
    forwarded = f"{before}, {request.peer}" if before else request.peer
    ours = {"x-forwarded-for": forwarded, "x-forwarded-port": str(port), "x-forwarded-proto": "http"}
    return (
        *((name, value) for name, value in kept if name.lower() not in ours),
        ("X-Forwarded-For", ours["x-forwarded-for"]),
        ("X-Forwarded-Port", ours["x-forwarded-port"]),
        ("X-Forwarded-Proto", ours["x-forwarded-proto"]),
    )


def gathered(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Return every value of each name, in order."""
    several: dict[str, list[str]] = {}
    for name, value in pairs:
        several.setdefault(name, []).append(value)
    return several


def encoded_body(body: bytes, *, as_text: bool) -> dict[str, Any]:
    """Return the two body fields of an event."""
    if not body:
        return {"body": None, "isBase64Encoded": False}
    if as_text:
        try:
            return {"body": body.decode(), "isBase64Encoded": False}
        except UnicodeDecodeError:
            pass
    return {"body": base64.b64encode(body).decode(), "isBase64Encoded": True}


def flat(headers: Mapping[str, Any], several: Mapping[str, Any]) -> Headers:
    """Return an answer's headers as pairs; a name in ``several`` wins over the same name in ``headers``."""
    taken = {name.lower() for name in several}
    return (
        *((str(name), _text(value)) for name, value in headers.items() if name.lower() not in taken),
        *((str(name), _text(value)) for name, values in several.items() for value in values),
    )


def _text(value: Any) -> str:
    text = ("false", "true")[value] if isinstance(value, bool) else str(value)
    # what would end the header line is not the function's to send
    return text.replace("\r", " ").replace("\n", " ")
