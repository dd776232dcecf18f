"""HTTP events: API Gateway REST and HTTP APIs, Function URLs and load balancers, through apig-wsgi.

apig-wsgi converts an event to WSGI and back. Around it, ``wsgi_environ`` corrects what it makes of some events.
Bodies and the headers of responses pass it by: it would copy bodies three times, and lose repeated headers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import msgspec

from app.core.errors import HeadersTooLarge, ServiceError
from app.core.problem import bare_problem
from app.events import http_head, wsgi_environ
from app.events.classify import Kind
from app.events.failure import MalformedEvent
from app.views.request_head import REFUSED

if TYPE_CHECKING:
    from flask import Flask

Environ = dict[str, Any]
Headers = list[tuple[str, str]]
StartResponse = Callable[..., Callable[[bytes], object]]
WsgiApp = Callable[[Environ, StartResponse], Iterable[bytes]]

_TEXT: Final = ("text/", "application/json", "application/problem+json")
# a load balancer that keeps one value per name takes these for different names
_COOKIE_SPELLINGS: Final = ("Set-Cookie", "set-cookie", "SET-COOKIE", "Set-cookie", "sEt-cookie")
# where apig-wsgi puts the context
_CONTEXT: Final = "apig_wsgi.context"


class HttpHandler:
    """Answers HTTP events with the responses of a Flask app."""

    def __init__(self, app: Flask) -> None:
        self._app = app

    def answer(self, kind: Kind, event: dict[str, Any], lambda_context: Any) -> dict[str, Any]:
        """Return the app's response in the shape the sender expects; raise MalformedEvent for what is no request."""
        exchange = _Exchange(kind, event, lambda_context)
        try:
            exchange.event, exchange.is_cut = http_head.bounded(event)
            # apig-wsgi hands the context on as it is
            response = self._convert(wsgi_environ.convertible(exchange.event), exchange)
        except Exception as exc:
            if exchange.begun:  # a bug of ours
                raise
            raise MalformedEvent("expected a complete HTTP event") from exc
        exchange.complete(response)
        return response

    @cached_property
    def _convert(self) -> Callable[[dict[str, Any], Any], dict[str, Any]]:
        from apig_wsgi import make_lambda_handler

        return make_lambda_handler(self._respond, binary_support=False)

    def _respond(self, environ: Environ, start_response: StartResponse) -> tuple[bytes, ...]:
        """Run the app, as the WSGI app that apig-wsgi calls."""
        exchange: _Exchange = environ[_CONTEXT]
        environ[_CONTEXT] = exchange.lambda_context
        wsgi_environ.correct(environ, exchange.kind, exchange.event)
        if exchange.is_cut:
            environ[REFUSED] = HeadersTooLarge("expected at most 64 KiB of path, query and headers")
        exchange.run(self._app.wsgi_app, environ)
        start_response(exchange.status, ())
        return ()


class _Exchange:
    """One event on its way through the app and back."""

    __slots__ = ("begun", "body", "event", "headers", "is_cut", "kind", "lambda_context", "status")

    def __init__(self, kind: Kind, event: dict[str, Any], lambda_context: Any) -> None:
        self.kind = kind
        self.event = event
        self.lambda_context = lambda_context
        self.begun = self.is_cut = False
        self.status = ""
        self.headers: Headers = []
        self.body = b""

    def run(self, app: WsgiApp, environ: Environ) -> None:
        """Call the app and keep its whole response."""
        self.begun = True
        chunks = app(environ, self._start)
        try:
            self.body = b"".join(chunks)
        finally:
            close = getattr(chunks, "close", None)
            if close:
                close()

    def complete(self, response: dict[str, Any]) -> None:
        """Add the headers to a response, and the body as text or in base64."""
        headers = dict(self.headers)
        if len(headers) < len(self.headers) or "Set-Cookie" in headers:
            headers = _joined(self.headers)
            _add_cookies(response, headers, [value for name, value in self.headers if name == "Set-Cookie"])
        elif "multiValueHeaders" in response:
            response["multiValueHeaders"] = {name: [value] for name, value in headers.items()}
        else:
            response["headers"] = headers
        is_binary = bool(self.body) and not headers.get("Content-Type", "").startswith(_TEXT)
        # msgspec's base64 takes half the time of the standard library's
        response["body"] = msgspec.to_builtins(self.body) if is_binary else self.body.decode()
        response["isBase64Encoded"] = is_binary

    def _start(self, status: str, headers: Headers, exc_info: object = None) -> Callable[[bytes], object]:
        self.status, self.headers = status, headers
        return _refuse_write


def _joined(headers: Headers) -> dict[str, str]:
    """Join repeated headers into one, which means the same (RFC 9110, 5.3), and leave out the cookies."""
    joined: dict[str, str] = {}
    for name, value in headers:
        if name != "Set-Cookie":
            joined[name] = f"{joined[name]}, {value}" if name in joined else value
    return joined


def _add_cookies(response: dict[str, Any], headers: dict[str, str], cookies: list[str]) -> None:
    """Add headers and cookies as each format has them."""
    if "multiValueHeaders" in response:
        response["multiValueHeaders"] = {name: [value] for name, value in headers.items()} | {"Set-Cookie": cookies}
    elif "cookies" in response:
        response.update(headers=headers, cookies=cookies)
    else:
        response["headers"] = headers | dict(zip(_COOKIE_SPELLINGS, cookies, strict=False))


def _refuse_write(data: bytes) -> object:
    raise NotImplementedError("write() of PEP 3333 is not supported; the app returns its body")


def problem(event: Mapping[str, Any], error: ServiceError) -> dict[str, Any]:
    """Return a problem as the response to an event that the app cannot answer.

    It says nothing about anybody, so scripts of every site may read it where it answers a request that only reads.
    """
    headers = {"Content-Type": "application/problem+json", "Cache-Control": "no-store"}
    if _method(event) in ("GET", "HEAD"):
        headers["Access-Control-Allow-Origin"] = "*"
    named = (
        {"multiValueHeaders": {name: [value] for name, value in headers.items()}}
        if "multiValueHeaders" in event
        else {"headers": headers}
    )
    return {"statusCode": error.status, **named, "body": bare_problem(error).decode(), "isBase64Encoded": False}


def _method(event: Mapping[str, Any]) -> object:
    """Return the method of a malformed event, wherever its format has it."""
    if "httpMethod" in event:
        return event["httpMethod"]
    context = event.get("requestContext")
    http = context.get("http") if isinstance(context, dict) else None
    return http.get("method") if isinstance(http, dict) else None
