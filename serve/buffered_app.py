"""Runs a WSGI app under an ASGI server, with a thread for complete requests only."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from concurrent.futures import Executor
from functools import partial
from typing import Any

import msgspec

from app.core.errors import (
    InvalidParameter,
    ParameterError,
    RequestTimeout,
    ServiceError,
    StorageUnavailable,
)
from app.core.problem import bare_problem
from serve.environ import Environ, Scope, wsgi_environ
from serve.limits import ServerLimits
from serve.request_body import BodyTooLarge, ByteBudget, Disconnected, Receive, RequestBody

WsgiApp = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]


class WholeResponse(msgspec.Struct, frozen=True):
    """A whole response, as it goes to the client."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


class BufferedApp:
    """An ASGI app that reads a request whole, calls ``wsgi_app`` in one of ``threads``, and sends what it returned.

    ``close`` is called when the server stops, after the last response.
    """

    def __init__(
        self, wsgi_app: WsgiApp, threads: Executor, limits: ServerLimits, *, close: Callable[[], None]
    ) -> None:
        self._wsgi_app = wsgi_app
        self._threads = threads
        self._limits = limits
        self._close = close
        self._memory = ByteBudget(limits.memory_bytes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or follow the life of the server."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        with RequestBody(self._memory) as body:
            try:
                response = await self._respond(scope, receive, body)
            except Disconnected:
                return
        await send({"type": "http.response.start", "status": response.status, "headers": response.headers})
        await send({"type": "http.response.body", "body": response.body})

    async def _live(self, receive: Receive, send: Send) -> None:
        """Follow the ASGI lifespan protocol; called once."""
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        self._threads.shutdown()
        self._close()
        await send({"type": "lifespan.shutdown.complete"})

    async def _respond(self, scope: Scope, receive: Receive, body: RequestBody) -> WholeResponse:
        if scope["http_version"] == "1.1" and sum(name == b"host" for name, _ in scope["headers"]) != 1:
            return _problem(InvalidParameter(ParameterError("Host", "expected one, as HTTP/1.1 demands")))
        declared = _declared_length(scope)
        try:
            if declared > self._limits.max_body_bytes:
                raise BodyTooLarge
            async with asyncio.timeout(self._limits.body_s):
                await body.read(receive, self._limits.max_body_bytes)
            declared = body.size
        except BodyTooLarge:
            # the app refuses it by this length, or refuses a stranger as such, and reads no more of it
            declared = max(declared, body.size)
        except TimeoutError:
            return _problem(RequestTimeout(f"the request body did not arrive within {self._limits.body_s:.0f} s"))
        except OSError as exc:
            return _problem(StorageUnavailable(f"there is no room for the request body: {exc.strerror}"))
        environ = wsgi_environ(scope, body.file, declared)
        return await asyncio.get_running_loop().run_in_executor(self._threads, partial(_call, self._wsgi_app, environ))


def _declared_length(scope: Scope) -> int:
    """Return the Content-Length; 0 for a chunked body. The server has refused what is no number."""
    return next((int(value) for name, value in scope["headers"] if name == b"content-length"), 0)


def _call(wsgi_app: WsgiApp, environ: Environ) -> WholeResponse:
    """Return the app's response, complete."""
    started: list[Any] = []

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: object = None) -> None:
        started[:] = [int(status.partition(" ")[0]), headers]

    blocks = wsgi_app(environ, start_response)
    try:
        body = b"".join(blocks)
    finally:
        if close := getattr(blocks, "close", None):
            close()
    status, headers = started
    if body and not any(name.lower() == "content-length" for name, _ in headers):
        headers.append(("Content-Length", str(len(body))))
    # uvicorn dates every answer, and Werkzeug some
    pairs = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers if name.lower() != "date"]
    return WholeResponse(status, pairs, body)


def _problem(error: ServiceError) -> WholeResponse:
    """Return the answer to a request that never reached the app."""
    body = bare_problem(error)
    headers = {"Content-Type": "application/problem+json", "Content-Length": str(len(body)), "Connection": "close"}
    headers["Cache-Control"] = "no-store"  # any cache may keep a 414 (RFC 9110, 15.1)
    if error.retry_after is not None:
        headers["Retry-After"] = str(error.retry_after)
    return WholeResponse(error.status, [(name.encode(), value.encode()) for name, value in headers.items()], body)
