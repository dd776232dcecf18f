"""What an S3 does on a bad day: wrappers around the gate, each for one kind of trouble."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import Any

from tests.support.s3.http_server import App, Environ, HangUp
from tests.support.s3.signed_body import Refused

Wrap = Callable[[App], App]


class Trouble:
    """Switched on by a test: ``wrap`` goes to ``S3(before=…)``, ``happen`` says what happens next."""

    def __init__(self) -> None:
        self._method = ""
        self._left = 0
        self._act: Callable[[App, Environ, Any], Iterable[bytes]] | None = None
        self._lock = threading.Lock()

    def happen(self, method: str, act: Callable[[App, Environ, Any], Iterable[bytes]], *, times: int = 1) -> None:
        """Let ``act`` answer the next requests of this method."""
        self._method, self._act, self._left = method, act, times

    def wrap(self, app: App) -> App:
        """Return the app with its troubles."""

        def serve(environ: Environ, start_response: Any) -> Iterable[bytes]:
            with self._lock:
                due = self._act is not None and self._left > 0 and environ["REQUEST_METHOD"] == self._method
                self._left -= due
            if due and self._act is not None:
                return self._act(app, environ, start_response)
            return app(environ, start_response)

        return serve


def refuse(status: int, code: str) -> Callable[[App, Environ, Any], Iterable[bytes]]:
    """Answer with an error of S3."""
    return lambda app, environ, start_response: Refused(status, code, "words").answer(start_response)


def lose_answer(app: App, environ: Environ, start_response: Any) -> Iterable[bytes]:
    """Do what is asked, and hang up before saying so."""
    list(app(environ, start_response))
    raise HangUp


def lose_request(app: App, environ: Environ, start_response: Any) -> Iterable[bytes]:
    """Hang up without doing anything."""
    raise HangUp


def cut(app: App, environ: Environ, start_response: Any) -> Iterable[bytes]:
    """Promise a hundred bytes and send four."""
    start_response("200 OK", [("Content-Length", "100"), ("Connection", "close")])
    return [b"four"]
