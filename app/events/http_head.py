"""The head of an HTTP event, bounded before apig-wsgi builds anything of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

# what an event holds of path, query and headers
_HEAD: Final = (
    *("path", "rawPath", "pathParameters"),
    *("rawQueryString", "queryStringParameters", "multiValueQueryStringParameters"),
    *("headers", "multiValueHeaders", "cookies", "requestContext"),
)
# each is there twice in the events of a REST API; a load balancer passes on 80 KiB at most:
# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html
_MAX_HEAD: Final = 256 * 1024
# what a name or a value costs beside its letters
_ENTRY: Final = 32
_HOST: Final = ("Host", "host")
_MAX_KEPT: Final = 1024


def bounded(event: Mapping[str, Any]) -> tuple[dict[str, Any], bool]:
    """Return the event, and whether its head was too large and is left out."""
    left = _MAX_HEAD
    parts = [event.get(name) for name in _HEAD]
    while parts and left > 0:
        part = parts.pop()
        if isinstance(part, Mapping):
            parts += [*part.keys(), *part.values()]
        elif isinstance(part, list):
            parts += part
        elif part is not None:
            left -= _ENTRY + len(str(part))
    if left > 0:
        return dict(event), False
    return {**event, **{name: _empty(name, event[name]) for name in _HEAD if name in event}}, True


def _empty(name: str, part: Any) -> Any:
    """Return what is left of one part: enough for apig-wsgi to build a request that can be answered."""
    if isinstance(part, Mapping):
        kept = {"requestContext": ("elb", "http", "identity", "stage"), "headers": _HOST, "multiValueHeaders": _HOST}
        return {key: part[key] for key in kept.get(name, ()) if key in part and len(str(part[key])) <= _MAX_KEPT}
    return "/" if name in ("path", "rawPath") else type(part)()
