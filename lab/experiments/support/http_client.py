"""One HTTP request to a server on this machine, and what it answers."""

from __future__ import annotations

from collections.abc import Mapping
from http.client import HTTPConnection
from types import TracebackType
from urllib.parse import urlsplit

import msgspec

_PATIENCE_S = 120.0


class ClientResponse(msgspec.Struct, frozen=True):
    """What came back; names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class ClientConnection:
    """One kept connection to the server of a url; a context manager."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._prefix = parts.path
        self._connection = HTTPConnection(parts.netloc, timeout=_PATIENCE_S)

    def ask(self, target: str, body: bytes | None = None, *, method: str = "", **headers: str) -> ClientResponse:
        """Send one request below the url, POST when there is a body; header names are written with underscores."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self._connection.request(method or ("GET" if body is None else "POST"), self._prefix + target, body, named)
        answer = self._connection.getresponse()
        told = {name.lower(): value for name, value in answer.getheaders()}
        return ClientResponse(answer.status, told, answer.read())

    def __enter__(self) -> ClientConnection:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()


def ask(url: str, body: bytes | None = None, *, method: str = "", **headers: str) -> ClientResponse:
    """Send one request over a connection of its own; see ``Line.ask``."""
    parts = urlsplit(url)
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    with ClientConnection(f"http://{parts.netloc}") as line:
        return line.ask(target, body, method=method, **headers)
