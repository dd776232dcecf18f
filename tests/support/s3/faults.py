"""Fault injection: the ways in which S3 can fail a client, as functions that answer in its place."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import Any

from tests.support.s3.errors import S3Error
from tests.support.wsgi_server import App, DropConnection, Environ

Fault = Callable[[App, Environ, Any], Iterable[bytes]]


class FaultInjector:
    """WSGI middleware for ``S3(middleware=faults.wrap)``; a test calls ``inject`` to have the next requests fail."""

    def __init__(self) -> None:
        self._method = ""
        self._left = 0
        self._fault: Fault | None = None
        self._lock = threading.Lock()

    def inject(self, method: str, fault: Fault, *, times: int = 1) -> None:
        """Let ``fault`` answer the next requests with this method, or with one of several, as in ``HEAD GET``."""
        self._method, self._fault, self._left = method, fault, times

    def wrap(self, app: App) -> App:
        """Return the app with faults."""

        def serve(environ: Environ, start_response: Any) -> Iterable[bytes]:
            with self._lock:
                due = self._fault is not None and self._left > 0 and environ["REQUEST_METHOD"] in self._method.split()
                self._left -= due
            if due and self._fault is not None:
                return self._fault(app, environ, start_response)
            return app(environ, start_response)

        return serve


def error(status: int, code: str) -> Fault:
    """Answer with an error of S3."""
    return lambda app, environ, start_response: S3Error(status, code, "message").respond(start_response)


def drop_response(app: App, environ: Environ, start_response: Any) -> Iterable[bytes]:
    """Carry out the request, and close the connection without a response."""
    list(app(environ, start_response))
    raise DropConnection


def drop_request(app: App, environ: Environ, start_response: Any) -> Iterable[bytes]:
    """Close the connection without carrying out the request."""
    raise DropConnection


def truncate_body(app: App, environ: Environ, start_response: Any) -> Iterable[bytes]:
    """Announce a hundred bytes and send four."""
    start_response("200 OK", [("Content-Length", "100"), ("Connection", "close")])
    return [b"four"]
