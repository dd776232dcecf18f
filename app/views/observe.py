"""What is true of every response: its headers, its log line, its place in the counts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from flask import g, request

from app.deadline import Stopwatch
from app.errors import InvalidParameter, ParameterError, SourceError
from app.runtime import metrics
from app.service import RequestContext

if TYPE_CHECKING:
    from flask import Flask, Response

    from app.container import Container

# nothing but our own style sheet, our own form targets and pictures; no script, no frame
PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' blob: data:{bucket}; form-action 'self'{bucket}; "
    "{connect}base-uri 'none'; frame-ancestors 'none'"
)

# set in the WSGI environment when a body could not be decoded; answered as any other bad parameter
BAD_BODY: Final = "monolambda.bad_body"

_BLOCK = 64 * 1024
_MOST_READ_ON = 64 * 1024 * 1024
_SILENCE_S = 1.0
_METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")


def register(app: Flask, container: Container) -> None:
    """Watch every request of ``app`` from its beginning to its answer."""
    app.before_request(lambda: _begin(container))
    app.after_request(lambda response: _finish(container, response))


def page_policy(bucket_origin: str) -> str:
    """Return the policy of our pages; large images are shown from the bucket, and forms may send files there."""
    bucket = f" {bucket_origin}" if bucket_origin else ""
    connect = f"connect-src 'self'{bucket}; " if bucket else ""
    return PAGE_POLICY.format(bucket=bucket, connect=connect)


def _begin(container: Container) -> None:
    context = request.environ.get("apig_wsgi.context")
    g.request_id = getattr(context, "aws_request_id", None) or uuid4().hex
    g.cold = container.begin()
    g.turn = RequestContext(container.deadline(context), Stopwatch())
    # a request that ends the process leaves no other line that tells its route
    container.log.write(
        "debug", {"event": "begin", "request_id": g.request_id, "container": container.id, "route": _route()}
    )
    if request.environ.get(BAD_BODY):
        raise InvalidParameter(ParameterError("body", "expected base64, as isBase64Encoded says"))


def _finish(container: Container, response: Response) -> Response:
    seconds = g.turn.stopwatch.seconds()
    headers = response.headers
    headers["X-Request-Id"] = g.request_id
    headers["X-Container-Id"] = container.id
    headers["X-Cold-Start"] = "1" if g.cold else "0"
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Server-Timing"] = ", ".join(f"{name};dur={1000 * spent:.1f}" for name, spent in seconds.items())
    if response.mimetype == "text/html":
        headers.setdefault("Content-Security-Policy", page_policy(container.bucket_origin))
    if response.status_code >= 400:
        _read_on(request.environ)
    _allow_origins(container, response)
    _count(container, response, seconds)
    return response


def _read_on(environ: dict[str, Any]) -> None:
    """Read what is left of a refused body: gunicorn resets the connection over it, and the answer is lost.

    Bounded in bytes and in silence; other servers close in peace and give no socket.
    """
    connection: Any = environ.get("gunicorn.socket")
    left = _MOST_READ_ON if connection else 0
    try:
        while left > 0:
            connection.settimeout(_SILENCE_S)
            read = environ["wsgi.input"].read(_BLOCK)
            left = left - len(read) if read else 0
    except OSError:
        return
    finally:
        if connection:
            connection.settimeout(None)


def _allow_origins(container: Container, response: Response) -> None:
    """Let scripts of the listed origins write here, and tell them so before they try."""
    if not container.settings.cors_origins:
        return
    response.vary.add("Origin")
    origin = request.headers.get("Origin", "")
    if origin in container.settings.cors_origins:
        response.headers["Access-Control-Allow-Origin"] = origin
        if request.method == "OPTIONS":
            response.headers["Access-Control-Allow-Methods"] = response.headers.get("Allow", "")
            response.headers["Access-Control-Allow-Headers"] = "Authorization, Content-Type, Prefer"


def _count(container: Container, response: Response, seconds: Mapping[str, float]) -> None:
    error = g.get("error")
    route = _route()
    from_source = isinstance(error, SourceError)
    faults = {"error": response.status_code >= 500 and not from_source, "source_error": from_source}
    container.routes.add(route, seconds["total"], **faults)
    sent = None
    if container.platform.mode == "lambda":
        function = container.platform.function_name
        sent = metrics.document(function, route, now=container.now(), seconds=seconds["total"], cold=g.cold, **faults)
    container.log.write("info", _line(container, response, route, seconds), metrics=sent)


def _route() -> str:
    # a method is any word the caller sends; only known ones may name a route of their own
    method = request.method if request.method in _METHODS else "OTHER"
    return f"{method} {request.url_rule.rule if request.url_rule else 'unmatched'}"


def _line(container: Container, response: Response, route: str, seconds: Mapping[str, float]) -> dict[str, object]:
    """Return the fields of the log line: never a query, a body, a key or a signature."""
    error = g.get("error")
    return {
        "event": "request",
        "request_id": g.request_id,
        "container": container.id,
        "cold": g.cold,
        "route": route,
        "status": response.status_code,
        "code": error.code if error else None,
        "cache": response.headers.get("X-Cache"),
        "bytes_in": request.content_length or 0,
        "bytes_out": response.content_length or 0,
        "ms": {name: round(1000 * spent, 1) for name, spent in seconds.items()},
    }
