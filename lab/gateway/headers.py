"""Headers, query strings and bodies as every kind of gateway treats them."""

from __future__ import annotations

import base64
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final, Literal

from lab.containers.trace import HEADER
from lab.gateway.responses import MalformedResponse
from lab.http.fields import is_token, is_value, without_controls
from lab.http.server import Headers, Request

Scheme = Literal["http", "https"]

_PORTS: Final[Mapping[Scheme, str]] = {"http": "80", "https": "443"}
# hop-by-hop headers end at the gateway: https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1
HOP_BY_HOP: Final = frozenset(
    {"connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade", "proxy-connection"}
)


def forwarded_headers(
    request: Request, *, scheme: Scheme, trace: str, dropped: Collection[str] = HOP_BY_HOP
) -> Headers:
    """Return the request's headers as the gateway passes them on, with its own X-Forwarded and trace headers."""
    kept = [(name, value) for name, value in request.headers if name.lower() not in dropped]
    before = request.header("X-Forwarded-For")
    ours = (
        ("X-Forwarded-For", f"{before}, {request.peer}" if before else request.peer),
        ("X-Forwarded-Port", _PORTS[scheme]),
        ("X-Forwarded-Proto", scheme),
        (HEADER, trace),
    )
    return with_own(kept, ours)


def with_own(headers: Iterable[tuple[str, str]], own: Headers) -> Headers:
    """Return headers with the gateway's own, which replace those of the same names."""
    replaced = {name.lower() for name, _ in own}
    return (*((name, value) for name, value in headers if name.lower() not in replaced), *own)


def head_bytes(request: Request) -> int:
    """Return the bytes of the request line and of the headers' values, which API Gateway limits together."""
    return sum(len(text) for text in (request.method, request.target, *(value for _, value in request.headers)))


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
    """Return a response's headers as pairs; a name in ``multi`` replaces the same name in ``single``.

    Raises MalformedResponse for a name that is no token, a value that is neither text, a number nor a boolean, and
    text that no header can carry (https://www.rfc-editor.org/rfc/rfc9110#section-5).
    """
    replaced = {name.lower() for name in multi}
    return (
        *(_pair(name, value) for name, value in single.items() if name.lower() not in replaced),
        *(_pair(name, value) for name, values in multi.items() for value in _several(values)),
    )


def _several(values: Any) -> list[Any]:
    if not isinstance(values, list):
        raise MalformedResponse("expected a list of values")
    return values


def _pair(name: str, value: Any) -> tuple[str, str]:
    if not isinstance(value, str | int | float):
        raise MalformedResponse(f"expected text as the value of {name!r}")
    text = ("false", "true")[value] if isinstance(value, bool) else str(value)
    # no header injection: a line break must not end the header
    text = without_controls(text)
    if not is_token(name) or not is_value(text):
        raise MalformedResponse(f"{name!r} is no header")
    return name, text
