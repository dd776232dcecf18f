"""Bounds of what comes before a body: path, query and headers, counted before anything parses them.

The servers have limits of their own, but wide ones, and an event that Lambda is invoked with has none. What is
within these bounds takes less than 50 ms of CPU and 20 MB to parse, whatever it says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from app.core.errors import HeadersTooLarge, InvalidParameter, ParameterError, ServiceError, UriTooLong
from app.options import MAX_PAIRS

Environ = dict[str, Any]
WsgiApp = Callable[[Environ, Any], Iterable[bytes]]

# set in the WSGI environment to the error that a request is answered with before it is looked at
REFUSED: Final = "monolambda.refused"

_MAX_PATH: Final = 2048
# a URL of 8000 characters, each of them percent-encoded, and the options
_MAX_QUERY: Final = 32 * 1024
_MAX_FIELDS: Final = 100
# one header, and all together: the most that nginx and a load balancer pass on
_MAX_FIELD: Final = 8 * 1024
_MAX_HEAD: Final = 64 * 1024
# Headers that are parsed, some of them with regular expressions that take quadratic time.
_PARSED: Final = (
    *("CONTENT_TYPE", "CONTENT_LENGTH", "HTTP_ACCEPT", "HTTP_HOST", "HTTP_ORIGIN", "HTTP_PREFER", "HTTP_RANGE"),
    *("HTTP_IF_MATCH", "HTTP_IF_MODIFIED_SINCE", "HTTP_IF_NONE_MATCH", "HTTP_IF_RANGE", "HTTP_IF_UNMODIFIED_SINCE"),
    *("HTTP_TRANSFER_ENCODING", "HTTP_X_FORWARDED_FOR"),
)
_MAX_PARSED: Final = 1024
_MAX_ELEMENTS: Final = 64
# what a refused request keeps of its headers
_KEPT: Final[tuple[str, ...]] = ("HTTP_HOST", "HTTP_ORIGIN")
# a path that leads nowhere, in place of one that is too long to look at
NO_ROUTE: Final = "/-"


def bounded(app: WsgiApp) -> WsgiApp:
    """Return ``app`` behind the bounds: it sees a refused request without its head, and with the error to answer."""

    def call(environ: Environ, start_response: Any) -> Iterable[bytes]:
        error = environ.get(REFUSED) or _excess(environ)
        return app(_without_head(environ, error) if error else environ, start_response)

    return call


def _excess(environ: Environ) -> ServiceError | None:
    """Return the error for the first part that is too large, None for a request that may be looked at."""
    query = environ.get("QUERY_STRING", "")
    if len(_path(environ)) > _MAX_PATH or len(query) > _MAX_QUERY:
        return UriTooLong(f"expected a path of at most {_MAX_PATH} bytes and a query of at most {_MAX_QUERY}")
    if not _is_utf8(query):
        return InvalidParameter(ParameterError("request", "expected a query in UTF-8, percent-encoded"))
    if query.count("&") >= MAX_PAIRS:
        received = str(query.count("&") + 1)
        return InvalidParameter(ParameterError("request", f"expected at most {MAX_PAIRS} parameters", received))
    sizes = {name: len(value) for name, value in _headers(environ)}
    if len(sizes) > _MAX_FIELDS or max(sizes.values(), default=0) > _MAX_FIELD or sum(sizes.values()) > _MAX_HEAD:
        return HeadersTooLarge(
            f"expected at most {_MAX_FIELDS} headers, {_MAX_FIELD} bytes in each and {_MAX_HEAD} in all"
        )
    for name in _PARSED:
        if sizes.get(name, 0) > _MAX_PARSED or (name in sizes and environ[name].count(",") >= _MAX_ELEMENTS):
            header = name.removeprefix("HTTP_").replace("_", "-").title()
            return HeadersTooLarge(f"{header}: expected at most {_MAX_PARSED} bytes and {_MAX_ELEMENTS} elements")
    return None


def _is_utf8(text: str) -> bool:
    """Return whether the bytes of a text are UTF-8, as the environment holds them: one in each character (PEP 3333)."""
    try:
        return text.isascii() or bool(text.encode("latin-1").decode())
    except UnicodeError:
        return False


def _headers(environ: Environ) -> Iterator[tuple[str, str]]:
    """Yield the names and values of the headers, as the environment spells them (PEP 3333)."""
    for name, value in environ.items():
        if name.startswith(("HTTP_", "CONTENT_")):
            yield name, value


def _without_head(environ: Environ, error: ServiceError) -> Environ:
    """Return what is left to answer ``error`` with.

    Method, host, client, and body, which is never read; the path and the origin, because they say whose scripts may
    read it.
    """
    kept = {name: value for name, value in environ.items() if not name.startswith("HTTP_")}
    short = {name: environ[name] for name in _KEPT if name in environ and len(environ[name]) <= _MAX_PARSED}
    if forwarded_for := environ.get("HTTP_X_FORWARDED_FOR"):
        short["HTTP_X_FORWARDED_FOR"] = _last_hops(forwarded_for)
    if len(_path(environ)) > _MAX_PATH:
        kept |= {"SCRIPT_NAME": "", "PATH_INFO": NO_ROUTE}
    return {**kept, **short, "QUERY_STRING": "", "CONTENT_TYPE": "", REFUSED: error}


def _last_hops(forwarded_for: str) -> str:
    """Return the end of a long X-Forwarded-For: proxies append to it, and what a client made up stands before."""
    hops = forwarded_for[-_MAX_PARSED:].rsplit(",", _MAX_ELEMENTS - 1)
    is_whole = len(forwarded_for) <= _MAX_PARSED and len(hops) < _MAX_ELEMENTS
    return ",".join(hops if is_whole else hops[1:])


def _path(environ: Environ) -> str:
    return str(environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", ""))
