"""The responses of the document: their headers, what they hold, and the problems that can take their place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from app.core import formats
from app.core.errors import ServiceError
from app.openapi.problems import REMEDIES, by_status, schema_of

# headers of every response
COMMON: Final = ("X-Request-Id", "X-Container-Id", "X-Cold-Start", "X-Content-Type-Options", "Server-Timing")

HEADERS: Final[Mapping[str, tuple[dict[str, Any], str]]] = {
    "X-Request-Id": ({"type": "string"}, "the id of the request in the log"),
    "X-Container-Id": ({"type": "string"}, "the process that answered"),
    "X-Cold-Start": ({"type": "string", "enum": ("0", "1")}, "1 if this was the first request of the process"),
    "X-Content-Type-Options": ({"const": "nosniff"}, "browsers must not guess the type"),
    "Server-Timing": ({"type": "string"}, "milliseconds of each stage that ran"),
    "Cache-Control": ({"type": "string"}, "how long caches may keep the answer"),
    "Content-Security-Policy": ({"type": "string"}, "what a browser may do with the answer"),
    "Vary": ({"type": "string"}, "the request headers that the answer depends on"),
    "ETag": ({"type": "string", "pattern": '^"[0-9a-f]{32}"$'}, "for If-None-Match"),
    "X-Cache": ({"type": "string", "enum": ("memory", "storage", "miss")}, "where the result was found"),
    "Location": ({"type": "string"}, "where to go on"),
    "Retry-After": ({"type": "string", "pattern": "^[0-9]+$"}, "seconds to wait"),
    "Preference-Applied": ({"const": "respond-async"}, "the preference that was followed"),
    "WWW-Authenticate": ({"const": 'Bearer realm="monolambda"'}, "how to send a key"),
    "Allow": ({"type": "string"}, "the methods of this path"),
    "Content-Range": ({"type": "string", "pattern": r"^bytes (\*|[0-9]+-[0-9]+)/[0-9]+$"}, "the bytes answered"),
    "Accept-Ranges": ({"const": "bytes"}, "the unit of Range"),
    "Content-Disposition": ({"type": "string"}, "the file name, with the option download"),
    "Access-Control-Allow-Origin": ({"type": "string"}, "whose scripts may read the answer"),
    "Set-Cookie": ({"type": "string"}, "the session"),
}
# headers that some answers of a kind have, and others do not
_OPTIONAL: Final = ("Content-Disposition", "Access-Control-Allow-Origin", "Accept-Ranges")


def component_headers() -> dict[str, Any]:
    """Return every header that a response refers to; one that an answer may lack is named ``Optional-…`` as well."""
    found = {
        name: {"description": words, "required": True, "schema": schema} for name, (schema, words) in HEADERS.items()
    }
    optional = {f"Optional-{name}": {**found[name], "required": False} for name in found}
    return found | optional


def response(words: str, content: Mapping[str, Any] | None = None, *headers: str) -> dict[str, Any]:
    """Return a response with these headers, those of every response included; ``?`` marks one that may be missing."""
    content = content or {}
    pages = ("Content-Security-Policy", "Vary") if set(content) == {"text/html"} else ()
    names = dict.fromkeys((*COMMON, *headers, *pages))
    found: dict[str, Any] = {"description": words, "headers": {name.rstrip("?"): _reference(name) for name in names}}
    return found | ({"content": dict(content)} if content else {})


def _reference(name: str) -> dict[str, str]:
    is_optional = name.endswith("?") or name in _OPTIONAL
    return {"$ref": f"#/components/headers/{'Optional-' * is_optional}{name.rstrip('?')}"}


def json_of(name: str) -> dict[str, Any]:
    """Return the content of an answer in JSON."""
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}}


def page() -> dict[str, Any]:
    """Return the content of a page for people."""
    return {"text/html": {"schema": {"type": "string"}}}


def images() -> dict[str, Any]:
    """Return the content of a result: an image of any format that is written."""
    return {formats.media_type(name): {} for name in formats.WRITABLE}


def readable_images() -> dict[str, Any]:
    """Return the content of an original, or of a body: an image of any format that is read."""
    return {media_type: {} for media_type in formats.readable_types()}


def text() -> dict[str, Any]:
    """Return the content of plain text."""
    return {"text/plain": {"schema": {"type": "string"}}}


def problems(raised: Iterable[type[ServiceError]]) -> dict[str, Any]:
    """Return the responses for these errors, by status, as references."""
    return {status: {"$ref": f"#/components/responses/{_name(errors)}"} for status, errors in by_status(raised).items()}


def component_responses(all_raised: Iterable[Iterable[type[ServiceError]]]) -> dict[str, Any]:
    """Return what ``problems`` refers to, for the errors of every operation."""
    groups = [errors for raised in all_raised for errors in by_status(raised).values()]
    return {_name(errors): _problem(errors) for errors in groups}


def _name(errors: list[type[ServiceError]]) -> str:
    return "-or-".join(error.code for error in errors)


def _problem(errors: list[type[ServiceError]]) -> dict[str, Any]:
    words = " ".join(f"`{error.code}`: {REMEDIES[error.code].cause}" for error in errors)
    content = {"application/problem+json": {"schema": schema_of(errors)}, **page()}
    extra = {401: ("WWW-Authenticate",), 405: ("Allow",), 416: ("Content-Range",)}.get(errors[0].status, ())
    retry = ("Retry-After",) if all(error.retry_after is not None for error in errors) else ()
    return response(words, content, "Cache-Control", "Vary?", *extra, *retry)
