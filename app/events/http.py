"""HTTP events: API Gateway REST and HTTP APIs, Function URLs and load balancers, through apig-wsgi.

apig-wsgi converts an event to WSGI and back. The code around it adds what it leaves out: the prefix the
function is mounted under, the caller's address, and base64 in both directions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote, urlsplit

import msgspec

from app.errors import HeadersTooLarge
from app.events import http_head
from app.views.observe import BAD_BODY
from app.views.request_head import REFUSED

if TYPE_CHECKING:
    from app.container import Container

Environ = dict[str, Any]
StartResponse = Callable[..., Callable[[bytes], object]]
WsgiApp = Callable[[Environ, StartResponse], Iterable[bytes]]

_TEXT: Final = ("text/", "application/json", "application/problem+json")
# a gateway that keeps one value per name takes these for different names
_COOKIE_SPELLINGS: Final = ("Set-Cookie", "set-cookie", "SET-COOKIE", "Set-cookie", "sEt-cookie")


def answer(app: WsgiApp, container: Container, event: Mapping[str, Any], lambda_context: Any) -> dict[str, Any]:
    """Return the app's response to an HTTP event, in the shape its sender expects.

    Raises whatever apig-wsgi raises for an event that only looks like HTTP.
    """
    from apig_wsgi import make_lambda_handler

    event, is_cut = http_head.bounded(event)
    exchange = _Exchange(app, event, container.settings.public_url, is_cut=is_cut)
    # bodies go around apig-wsgi, which would copy them three times
    handle = make_lambda_handler(exchange, binary_support=True)
    response = handle({**event, "body": None, "isBase64Encoded": False}, lambda_context)
    return {**response, "body": exchange.body, "isBase64Encoded": exchange.is_binary}


class _Exchange:
    """One event on its way through the app, as the WSGI app that apig-wsgi calls."""

    def __init__(self, app: WsgiApp, event: Mapping[str, Any], public_url: str, *, is_cut: bool) -> None:
        self._app = app
        self._event = event
        self._is_cut = is_cut
        self._public_url = public_url
        self._status: tuple[Any, ...] = ()
        self.body = ""
        self.is_binary = False

    def __call__(self, environ: Environ, start_response: StartResponse) -> tuple[bytes, ...]:
        _set_body(environ, self._event)
        _set_caller(environ, self._event)
        _set_prefix(environ, self._event, self._public_url)
        _set_scheme(environ)
        if self._is_cut:
            environ[REFUSED] = HeadersTooLarge("expected at most 64 KiB of path, query and headers")
        body = self._run(environ)
        status, headers, *rest = self._status
        start_response(status, _merged(headers, self._event), *rest)
        self._encode(body, headers)
        return ()

    def _run(self, environ: Environ) -> bytes:
        chunks = self._app(environ, self._start)
        try:
            return b"".join(chunks)
        finally:
            close = getattr(chunks, "close", None)
            if close:
                close()

    def _start(self, *status: Any) -> Callable[[bytes], object]:
        self._status = status
        return _refuse_write

    def _encode(self, body: bytes, headers: list[tuple[str, str]]) -> None:
        media_type = next((value for name, value in headers if name.lower() == "content-type"), "")
        self.is_binary = bool(body) and not media_type.startswith(_TEXT)
        # msgspec's base64 takes half the time of the standard library's
        self.body = msgspec.to_builtins(body) if self.is_binary else body.decode()


def _refuse_write(data: bytes) -> object:
    raise NotImplementedError("write() of PEP 3333 is not supported; the app returns its body")


def _set_body(environ: Environ, event: Mapping[str, Any]) -> None:
    """Decode the body strictly: a lenient decoder skips what is not base64, and the body arrives damaged."""
    text = event.get("body") or ""
    try:
        body = msgspec.convert(text, bytes) if event.get("isBase64Encoded") else text.encode()
    except (msgspec.ValidationError, UnicodeEncodeError):
        body = b""
        environ[BAD_BODY] = True
    environ["wsgi.input"] = BytesIO(body)
    environ["CONTENT_LENGTH"] = str(len(body))


def _set_caller(environ: Environ, event: Mapping[str, Any]) -> None:
    """Set the address that the gateway saw, because anyone can send an X-Forwarded-For.

    A load balancer does not report one, so its callers have no address here.
    """
    context = event["requestContext"] if isinstance(event.get("requestContext"), Mapping) else {}
    identity = context.get("identity") or context.get("http") or {}
    environ["REMOTE_ADDR"] = identity.get("sourceIp") or ""
    cookies = (event.get("multiValueHeaders") or {}).get("Cookie")
    if cookies:
        environ["HTTP_COOKIE"] = "; ".join(cookies)


def _set_prefix(environ: Environ, event: Mapping[str, Any], public_url: str) -> None:
    """Split the path into the prefix the app is mounted under (SCRIPT_NAME) and the rest (PATH_INFO).

    The prefix differs between a stage URL, a custom domain and a base path mapping; what the route's ``{proxy+}``
    matched does not. When ``public_url`` is set, links start with it.
    """
    context = event["requestContext"] if isinstance(event.get("requestContext"), Mapping) else {}
    path = environ["PATH_INFO"]
    full = unquote(str(context.get("path") or path), encoding="iso-8859-1")
    proxied = (event.get("pathParameters") or {}).get("proxy")
    stage = f"/{context.get('stage')}"
    if isinstance(proxied, str):
        own = "/" + unquote(proxied, encoding="iso-8859-1").lstrip("/")
    elif event.get("version") == "2.0" and (path == stage or path.startswith(stage + "/")):
        own = path.removeprefix(stage) or "/"
        full = path
    else:
        own = path if event.get("resource") != "/" else "/"
    environ["PATH_INFO"] = own
    environ["SCRIPT_NAME"] = urlsplit(public_url).path.rstrip("/") if public_url else _prefix(full, own)


def _set_scheme(environ: Environ) -> None:
    """Take https for any other scheme: callers may send any X-Forwarded-Proto, and links begin with it."""
    first = environ["wsgi.url_scheme"].partition(",")[0].strip().lower()
    environ["wsgi.url_scheme"] = first if first in ("http", "https") else "https"


def _prefix(full: str, own: str) -> str:
    if own != "/" and full.endswith(own):
        return full.removesuffix(own)
    return full.rstrip("/") if own == "/" else ""


def _merged(headers: list[tuple[str, str]], event: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Join repeated headers into one, which means the same (RFC 9110, 5.3), except cookies."""
    merged: dict[str, str] = {}
    cookies = []
    for name, value in headers:
        if name.lower() == "set-cookie":
            cookies.append(value)
        else:
            merged[name] = f"{merged[name]}, {value}" if name in merged else value
    keeps_all = "multiValueHeaders" in event or event.get("version") == "2.0"
    names = ("Set-Cookie",) * len(cookies) if keeps_all else _COOKIE_SPELLINGS
    return [*merged.items(), *zip(names, cookies, strict=False)]
