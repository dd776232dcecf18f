"""Calls the app as a WSGI server would, without a server, and measures the CPU it takes."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from typing import Any

from app import create_app
from app.container import Container
from app.core.config import Platform, Settings
from bench.cold_start.first_request import environ


class WsgiClient:
    """A client of one WSGI app in this process."""

    def __init__(self, app: Any) -> None:
        self._app = app

    def timed(
        self, *, times: int = 1, status: str = "200", cache: str | None = None, **request: Any
    ) -> tuple[float, str]:
        """Return CPU milliseconds per request, and the last response's ETag, or its body when it has none.

        Raises RuntimeError when the status, or the cache that the result came from, is not the one expected.
        """
        start = time.process_time()
        for _ in range(times):
            received, headers, body = self.send(**request)
        cpu_ms = 1000 * (time.process_time() - start) / times
        if not received.startswith(status) or (cache and headers.get("X-Cache") != cache):
            raise RuntimeError(f"expected {status} from {cache}, received {received} {headers}: {body[:500]!r}")
        return cpu_ms, headers.get("ETag") or body.decode()

    def send(
        self, *, method: str = "GET", path: str = "/resize", query: str = "", body: bytes = b"", etag: str = ""
    ) -> tuple[str, Mapping[str, str], bytes]:
        """Return status, headers and body; ``etag`` is sent as If-None-Match."""
        request = {"REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": query, "wsgi.input": BytesIO(body)}
        condition = {"HTTP_IF_NONE_MATCH": etag} if etag else {}
        started: list[Any] = []

        def start_response(status: str, headers: list[tuple[str, str]], *rest: Any) -> None:
            started.extend((status, dict(headers)))

        response = self._app({**environ(body), **request, **condition}, start_response)
        try:
            content = b"".join(response)
        finally:
            response.close()
        return started[0], started[1], content


@contextmanager
def app_client(folder: str, **settings: Any) -> Iterator[WsgiClient]:
    """Build the app over the storage in ``folder``, and close it when the block ends."""
    container = Container(Settings(storage=folder, log_level="error", **settings), Platform())
    try:
        yield WsgiClient(create_app(container))
    finally:
        container.close()
