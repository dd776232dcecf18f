"""Errors as RFC 9457 problem details, or as a page with the same words."""

from __future__ import annotations

import traceback
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec
from flask import Response, g, make_response, render_template, request
from werkzeug.exceptions import HTTPException, SecurityError
from werkzeug.exceptions import MethodNotAllowed as WrongMethod

from app import errors
from app.errors import InvalidParameter, MethodNotAllowed, NotFound, ParameterError, ServiceError, SourceTooLarge
from app.views import current_request, links

if TYPE_CHECKING:
    from flask import Flask

    from app.container import Container


def register(app: Flask, container: Container) -> None:
    """Answer everything that is raised in a view."""
    app.register_error_handler(ServiceError, partial(_answer, container))
    app.register_error_handler(HTTPException, lambda exc: _answer(container, _translate(container, exc)))
    app.register_error_handler(SecurityError, lambda exc: _answer_untrusted())
    app.register_error_handler(Exception, partial(_answer_bug, container))


def body(container: Container, error: ServiceError) -> dict[str, Any]:
    """Return the members of the problem, all parameter errors at once (RFC 9457, 3.1)."""
    link = links.absolute(container.settings, "pages.docs", _anchor=f"error-{error.code}")
    return {"type": link, **_members(error)}


def _members(error: ServiceError) -> dict[str, Any]:
    members: dict[str, Any] = {
        "title": error.title,
        "status": error.status,
        "detail": error.detail,
        "code": error.code,
        "request_id": g.request_id,
    }
    if isinstance(error, InvalidParameter):
        members["errors"] = msgspec.to_builtins(error.errors)
    return members


def _answer(container: Container, error: ServiceError) -> Response:
    g.error = error
    problem = body(container, error)
    if current_request.prefers_html():
        response = make_response(render_template("problem.html", problem=problem))
    else:
        response = make_response(msgspec.json.encode(problem))
        response.mimetype = "application/problem+json"
    response.status_code = error.status
    response.vary.add("Accept")
    response.cache_control.no_store = True
    _add_headers(response, error)
    return response


def _answer_untrusted() -> Response:
    """Answer a Host header that is not ours; nothing may link to the host that was named."""
    g.error = InvalidParameter(ParameterError("Host", "expected a host in MONOLAMBDA_TRUSTED_HOSTS"))
    problem = {**_members(g.error), "type": "about:blank"}
    return Response(msgspec.json.encode(problem), 400, mimetype="application/problem+json")


def _add_headers(response: Response, error: ServiceError) -> None:
    if error.retry_after is not None:
        response.headers["Retry-After"] = str(error.retry_after)
    if isinstance(error, errors.Unauthorized):
        response.headers["WWW-Authenticate"] = 'Bearer realm="monolambda"'
    if isinstance(error, errors.RangeNotSatisfiable):
        response.headers["Content-Range"] = f"bytes */{error.length}"
    if isinstance(error, MethodNotAllowed):
        response.headers["Allow"] = ", ".join(error.allowed)


def _answer_bug(container: Container, exc: Exception) -> Response:
    return _answer(container, _bug(container, exc))


def _bug(container: Container, exc: Exception) -> ServiceError:
    """Return a 500, which is always a bug: the caller gets no inner words, the log gets them all."""
    trace = "".join(traceback.format_exception(exc))
    container.log.write("error", {"event": "bug", "request_id": g.request_id, "trace": trace})
    return ServiceError("something went wrong here; the request_id finds it in the log")


def _translate(container: Container, exc: HTTPException) -> ServiceError:
    """Return our error for one that Flask or Werkzeug raised."""
    if isinstance(exc, WrongMethod):
        allowed = tuple(sorted(exc.valid_methods or ()))
        return MethodNotAllowed(f"{request.method} is not answered here, expected one of {', '.join(allowed)}", allowed)
    if exc.code == NotFound.status:
        return NotFound(f"there is nothing at {request.path[:200]}")
    if exc.code == SourceTooLarge.status:
        limit = container.settings.max_body_bytes
        return SourceTooLarge(f"the request body is too large: expected at most {limit} bytes and 1000 parts")
    if (exc.code or 500) >= ServiceError.status:
        return _bug(container, exc)
    return InvalidParameter(ParameterError("request", f"expected a well-formed request: {exc.description}"))
