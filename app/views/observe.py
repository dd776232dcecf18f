"""What every request gets: response headers, a log line, and a place in the counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit
from uuid import uuid4

from flask import Response, g, request
from werkzeug.exceptions import SecurityError
from werkzeug.routing import RequestRedirect

from app.core.deadline import Clock, Stopwatch
from app.core.errors import InvalidParameter, ParameterError
from app.runtime.request_record import RequestRecord, fault_of
from app.service import RequestContext
from app.views import current_request, sharing
from app.views.request_head import REFUSED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask import Flask

    from app.container import Container

# nothing but our own files, form targets and images: nothing inline, no other host, no frame
PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' blob: data:{bucket}; "
    "form-action 'self'{bucket}; connect-src 'self'{bucket}; base-uri 'none'; frame-ancestors 'none'"
)

# set in the WSGI environment when the body of an event could not be decoded; answered like any bad parameter
BAD_BODY: Final = "monolambda.bad_body"

# a load balancer that is refused would take us for dead, and an answer costs as little as the refusal
_UNLIMITED: Final = "/healthz"

_BLOCK = 64 * 1024
_MAX_DRAINED = 64 * 1024 * 1024
_DRAIN_TIMEOUT_S = 1.0
_MAX_DRAIN_S = 5.0
_METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")


def register(app: Flask, container: Container) -> None:
    """Add the code to ``app`` that runs before and after every request."""
    app.before_request(lambda: _begin(container))
    app.after_request(lambda response: _finish(container, response))


def page_policy(bucket_origin: str) -> str:
    """Return the policy of our pages; they show large images from the bucket, and may send files there."""
    return PAGE_POLICY.format(bucket=f" {bucket_origin}" if bucket_origin else "")


def _begin(container: Container) -> Response | None:
    lambda_context = request.environ.get("apig_wsgi.context")
    g.request_id = getattr(lambda_context, "aws_request_id", None) or uuid4().hex
    g.cold = container.begin()
    g.context = RequestContext(container.deadline(lambda_context, current_request.gateway()), Stopwatch())
    # the only line about a request that ends the process
    begin = {"event": "begin", "request_id": g.request_id, "container": container.id, "route": _route()}
    container.log.write("debug", begin)
    if container.rate_limit is not None and request.path != _UNLIMITED:
        container.rate_limit.take(current_request.client_address(container.access))
    if isinstance(request.routing_exception, SecurityError):
        raise request.routing_exception  # any other answer would have links, which would lead to that host
    if REFUSED in request.environ:
        raise request.environ[REFUSED]
    if request.environ.get(BAD_BODY):
        raise InvalidParameter(ParameterError("body", "expected base64, as isBase64Encoded says"))
    if isinstance(request.routing_exception, RequestRedirect):
        return _redirect(request.routing_exception)
    return None


def _redirect(exc: RequestRedirect) -> Response:
    """Redirect a path with doubled slashes on this host: Werkzeug's own redirect takes the host that was asked for."""
    target = urlsplit(exc.new_url)
    query = f"?{target.query}" if target.query else ""
    return Response(status=308, headers={"Location": f"/{target.path.lstrip('/')}{query}"})


def _finish(container: Container, response: Response) -> Response:
    seconds = g.context.stopwatch.seconds()
    headers = response.headers
    headers["X-Request-Id"] = g.request_id
    headers["X-Container-Id"] = container.id
    headers["X-Cold-Start"] = "1" if g.cold else "0"
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Server-Timing"] = ", ".join(f"{name};dur={1000 * spent:.1f}" for name, spent in seconds.items())
    if response.is_sequence and not any(response.response):
        # Flask calls it HTML, so it would look like a page; and what a 304 says, a cache takes for the image's own
        headers.pop("Content-Type", None)
    if response.mimetype == "text/html":
        headers.setdefault("Content-Security-Policy", page_policy(container.bucket_origin))
        headers.setdefault("Cache-Control", "private, no-cache")
        response.vary.add("Cookie")  # pages differ for who has signed in
    if response.status_code >= 400:
        _drain(request.environ, container.clock)
    sharing.share(container.access, container.settings, response)
    container.telemetry.add(_record(container.id, response, seconds))
    return response


def _drain(environ: dict[str, Any], clock: Clock) -> None:
    """Read the rest of a refused body, because gunicorn would reset the connection and the answer would be lost.

    Bounded in bytes, in silence and in time. Other servers close connections cleanly, and hand no socket over.
    """
    connection: Any = environ.get("gunicorn.socket")
    remaining, end = _MAX_DRAINED if connection else 0, clock() + _MAX_DRAIN_S
    try:
        while remaining > 0 and clock() < end:
            connection.settimeout(_DRAIN_TIMEOUT_S)
            block = environ["wsgi.input"].read(_BLOCK)
            remaining = remaining - len(block) if block else 0
    except OSError:
        return
    finally:
        if connection:
            connection.settimeout(None)


def _record(container_id: str, response: Response, seconds: Mapping[str, float]) -> RequestRecord:
    """Return the record of this request, without any query, body, key or signature."""
    error = g.get("error")
    code = error.code if error else None
    return RequestRecord(
        event="request",
        request_id=g.request_id,
        container=container_id,
        cold=g.cold,
        route=_route(),
        status=response.status_code,
        code=code,
        cache=response.headers.get("X-Cache"),
        bytes_in=request.content_length or 0,
        bytes_out=response.content_length or 0,
        seconds=seconds,
        fault=fault_of(code, failed=response.status_code >= 500),
    )


def _route() -> str:
    # callers can make up methods; only known ones may name a route of their own
    method = request.method if request.method in _METHODS else "OTHER"
    return f"{method} {request.url_rule.rule if request.url_rule else 'unmatched'}"
