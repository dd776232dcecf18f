"""HTTP requests to servers on this machine, one by one or over a kept connection."""

from __future__ import annotations

from collections.abc import Mapping
from http.client import HTTPConnection
from types import TracebackType
from urllib.parse import urlsplit

import msgspec

_TIMEOUT_S = 120.0


class ClientResponse(msgspec.Struct, frozen=True):
    """A response; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class ClientConnection:
    """One kept connection to the server of a URL; a context manager."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._prefix = parts.path
        self._connection = HTTPConnection(parts.netloc, timeout=_TIMEOUT_S)

    def request(self, target: str, body: bytes | None = None, *, method: str = "", **headers: str) -> ClientResponse:
        """Send one request below the URL, a POST when there is a body; write header names with underscores."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self._connection.request(method or ("GET" if body is None else "POST"), self._prefix + target, body, named)
        response = self._connection.getresponse()
        lowered = {name.lower(): value for name, value in response.getheaders()}
        return ClientResponse(response.status, lowered, response.read())

    def __enter__(self) -> ClientConnection:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()


def request(url: str, body: bytes | None = None, *, method: str = "", **headers: str) -> ClientResponse:
    """Send one request over a connection of its own; see ``ClientConnection.request``."""
    parts = urlsplit(url)
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    with ClientConnection(f"http://{parts.netloc}") as connection:
        return connection.request(target, body, method=method, **headers)
