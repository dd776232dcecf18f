"""Errors as problem details (RFC 9457), or as a page with the same content."""

from __future__ import annotations

import errno
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import msgspec
from flask import Response, g, make_response, render_template, request
from werkzeug.exceptions import BadHost, HTTPException, SecurityError
from werkzeug.exceptions import MethodNotAllowed as WrongMethod

from app.core import errors
from app.core.errors import (
    InvalidParameter,
    MethodNotAllowed,
    NotFound,
    ParameterError,
    ServiceError,
    SourceTooLarge,
    StorageUnavailable,
)
from app.core.problem import bare_problem, problem_members
from app.views import links, negotiation

if TYPE_CHECKING:
    from flask import Flask

    from app.container import Container
    from app.core.config import Settings
    from app.runtime.log import Log


# what a disk says that is full, over a quota, past a limit on files, or read-only
_NO_ROOM: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS)

# what is wrong with a Host header that is not ours, and with one that is no host at all
_UNTRUSTED: Final = "expected a host in MONOLAMBDA_TRUSTED_HOSTS"
_NO_HOST: Final = "expected the name of a host"


def register(app: Flask, container: Container) -> None:
    """Turn everything that a view raises into a problem."""
    log, settings = container.log, container.settings
    answer = partial(_answer, settings)
    app.register_error_handler(ServiceError, answer)
    app.register_error_handler(HTTPException, lambda exc: answer(_translate(log, exc)))
    app.register_error_handler(SecurityError, lambda exc: _answer_without_links(_wrong_host(_UNTRUSTED)))
    app.register_error_handler(BadHost, lambda exc: _answer_without_links(_wrong_host(_NO_HOST)))
    app.register_error_handler(OSError, lambda exc: answer(_no_room(log, exc)))
    app.register_error_handler(Exception, lambda exc: answer(_bug(log, exc)))


def body(settings: Settings, error: ServiceError) -> dict[str, Any]:
    """Return the members of the problem, with every wrong parameter (RFC 9457, 3.1)."""
    return {"type": links.error_type(settings, error.code), **problem_members(error, request_id=g.request_id)}


def _answer(settings: Settings, error: ServiceError) -> Response:
    if isinstance(request.routing_exception, BadHost | SecurityError):  # whatever else is wrong
        return _answer_without_links(error)
    g.error = error
    problem = body(settings, error)
    if negotiation.prefers_html():
        response = make_response(g.get("problem_page", _page)(problem=problem))
    else:
        response = make_response(msgspec.json.encode(problem))
        response.mimetype = "application/problem+json"
    response.status_code = error.status
    response.vary.add("Accept")
    response.cache_control.no_store = True
    _add_headers(response, error)
    return response


def _page(problem: dict[str, Any]) -> str:
    """Return the page of a problem, where the view has none of its own."""
    return render_template("problem.html", problem=problem)


def _wrong_host(detail: str) -> ServiceError:
    return InvalidParameter(ParameterError("Host", detail))


def _answer_without_links(error: ServiceError) -> Response:
    """Answer a request whose Host header is not ours, or no host at all: links would lead there."""
    g.error = error
    body = bare_problem(error, request_id=g.request_id)
    response = Response(body, error.status, mimetype="application/problem+json")
    response.cache_control.no_store = True
    _add_headers(response, error)
    return response


def _add_headers(response: Response, error: ServiceError) -> None:
    if error.retry_after is not None:
        response.headers["Retry-After"] = str(error.retry_after)
    if isinstance(error, errors.Unauthorized):
        response.headers["WWW-Authenticate"] = 'Bearer realm="monolambda"'
    if isinstance(error, errors.RangeNotSatisfiable):
        response.headers["Content-Range"] = f"bytes */{error.length}"
    if isinstance(error, MethodNotAllowed):
        response.headers["Allow"] = ", ".join(error.allowed)


def _bug(log: Log, exc: Exception) -> ServiceError:
    """Return a 500, which is always a bug: the log gets the traceback, the caller none of it."""
    log.bug(exc, request_id=g.request_id)
    return ServiceError("something went wrong here; the request_id finds it in the log")


def _no_room(log: Log, exc: OSError) -> ServiceError:
    """Return 503 where the temporary directory is full: a large form is spooled to it before a view sees the file."""
    # tempfile itself raises ENOENT, without a file name, when it finds no directory that takes a write
    if exc.errno in _NO_ROOM or (exc.errno == errno.ENOENT and exc.filename is None):
        log.write("error", {"event": "temporary_directory", "request_id": g.request_id, "detail": str(exc)})
        return StorageUnavailable("the server has no room for temporary files; try again later")
    return _bug(log, exc)


def _translate(log: Log, exc: HTTPException) -> ServiceError:
    """Return our error for one that Flask or Werkzeug raised."""
    if isinstance(exc, WrongMethod):
        allowed = tuple(sorted(exc.valid_methods or ()))
        return MethodNotAllowed(f"{request.method} is not allowed here, expected one of {', '.join(allowed)}", allowed)
    if exc.code == NotFound.status:
        return NotFound(f"there is nothing at {request.path[:200]}")
    if exc.code == SourceTooLarge.status:
        limit = f"{request.max_content_length} bytes, and a form of at most {request.max_form_parts} parts"
        return SourceTooLarge(f"the request body is too large: expected at most {limit}")
    if (exc.code or 500) >= ServiceError.status:
        return _bug(log, exc)
    return InvalidParameter(ParameterError("request", f"expected a well-formed request: {exc.description}"))
