"""The head of an HTTP event, bounded before apig-wsgi builds anything of it."""

from __future__ import annotations

from typing import Any, Final

from app.views.request_head import NO_ROUTE

# what an event holds of path, query and headers
_HEAD: Final = (
    *("path", "rawPath", "pathParameters"),
    *("rawQueryString", "queryStringParameters", "multiValueQueryStringParameters"),
    *("headers", "multiValueHeaders", "cookies", "requestContext"),
)
# what is converted name by name and letter by letter, however few there are
_CONVERTED: Final = ("pathParameters", "queryStringParameters", "multiValueQueryStringParameters")
# headers and text below these bounds are converted in no time, however long each of them is
_FEW: Final = 200
_SHORT: Final = 32 * 1024
# each is there twice in the events of a REST API; a load balancer passes on 80 KiB at most:
# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html
_MAX_HEAD: Final = 256 * 1024
# what a name or a value costs beside its letters
_ENTRY: Final = 32
# what decides who may read the refusal, and where its links lead
_HEADERS: Final = ("Host", "host", "Origin", "origin")
_MEMBERS: Final = {
    "requestContext": ("elb", "http", "identity", "path", "stage"),
    "pathParameters": ("proxy",),
    "headers": _HEADERS,
    "multiValueHeaders": _HEADERS,
}
_MAX_KEPT: Final = 1024


def bounded(event: dict[str, Any]) -> tuple[dict[str, Any], bool]:
    """Return the event, and whether its head was too large and is left out."""
    left = _MAX_HEAD
    parts = [event.get(name) for name in (_HEAD if _is_large(event) else _CONVERTED)]
    while parts and left > 0:
        part = parts.pop()
        if isinstance(part, dict | list) and len(part) > _MAX_HEAD // _ENTRY:
            left = 0  # not even listed: that takes longer than all the rest
        elif isinstance(part, dict):
            parts += [*part.keys(), *part.values()]
        elif isinstance(part, list):
            parts += part
        elif part is not None:
            left -= _ENTRY + len(str(part))
    if left > 0:
        return event, False
    return {**event, **{name: _empty(name, event[name]) for name in _HEAD if name in event}}, True


def _is_large(event: dict[str, Any]) -> bool:
    """Return whether there is anything to count but what is converted one by one; it is not, in nearly every event."""
    get = event.get
    fields = len(get("headers") or ()) + len(get("multiValueHeaders") or ()) + len(get("cookies") or ())
    texts = len(get("path") or get("rawPath") or "") + len(get("rawQueryString") or "")
    return fields > _FEW or texts > _SHORT


def _empty(name: str, part: Any) -> Any:
    """Return what is left of one part: enough for apig-wsgi to build a request that can be answered."""
    if isinstance(part, dict):
        return _short({key: part[key] for key in _MEMBERS.get(name, ()) if key in part})
    if name in ("path", "rawPath"):
        return part if len(str(part)) <= _MAX_KEPT else NO_ROUTE
    return type(part)()


def _short(part: dict[str, Any]) -> dict[str, Any]:
    """Return the part without what is long in it; the context of an HTTP API repeats the path."""
    nested = {key: _short(value) if isinstance(value, dict) else value for key, value in part.items()}
    return {key: value for key, value in nested.items() if len(str(value)) <= _MAX_KEPT}
