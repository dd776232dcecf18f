"""WSGI middleware that records which IAM permissions the requests passing through it need.

It also sees presigned URLs and forms, which other people use with the function's permissions.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from lab.http.server import Request
from tests.support.aws_permissions import Account, required_permissions
from tests.support.iam_policy import Permission
from tests.support.wsgi_server import App, Environ, with_body


class PermissionRecorder:
    """Collects the needed permissions in ``permissions``."""

    def __init__(self, account: Account) -> None:
        self.permissions: set[Permission] = set()
        self._account = account
        self._lock = threading.Lock()
        self._paused = False

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Record nothing within the block: somebody else makes these requests."""
        self._paused = True
        try:
            yield
        finally:
            self._paused = False

    def wrap(self, app: App) -> App:
        """Return ``app`` with its requests recorded."""

        def recorded(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
            body = environ["wsgi.input"].read()
            if not self._paused:
                with self._lock:
                    self.permissions |= required_permissions(_request(environ, body), self._account)
            return app(with_body(environ, body), start_response)

        return recorded


def _request(environ: Environ, body: bytes) -> Request:
    names = {"Authorization": "HTTP_AUTHORIZATION", "X-Amz-Target": "HTTP_X_AMZ_TARGET"}
    headers = tuple((name, str(environ.get(key, ""))) for name, key in names.items())
    return Request(method=environ["REQUEST_METHOD"], target=environ["REQUEST_URI"], headers=headers, body=body)
