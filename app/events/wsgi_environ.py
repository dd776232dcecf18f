"""Corrects the WSGI environment that apig-wsgi makes of an event, where the event says more or something else.

Text in an environment holds bytes as Latin-1 characters (PEP 3333). Events hold Unicode, and some gateways decode.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from io import BytesIO
from typing import Any, Final
from urllib.parse import quote, unquote_to_bytes

import msgspec

from app.core.gateways import GATEWAYS
from app.core.text import undone_latin_1
from app.events.classify import Kind
from app.views.current_request import GATEWAY
from app.views.observe import BAD_BODY

Environ = dict[str, Any]
Event = Mapping[str, Any]

# what may stand in a query as it is: it is encoded already, but for what no query holds
_QUERY: Final = "!#$%&'()*+,/:;=?@[]~"
_PARAMETERS: Final = ("queryStringParameters", "multiValueQueryStringParameters")


def convertible(event: dict[str, Any]) -> dict[str, Any]:
    """Return the event as apig-wsgi is to see it: without headers and body, which ``correct`` adds.

    It would split the headers of version 2.0 at commas, stumble on headers that are null, as API Gateway's console
    sends them, and decode a damaged body. A parameter that is null would become the text None.
    """
    passed = {**event, "headers": {}, "cookies": (), "body": None, "isBase64Encoded": False}
    if "multiValueHeaders" in event:
        passed["multiValueHeaders"] = {}
    for name in _PARAMETERS:
        if event.get(name):
            passed[name] = _without_nulls(event[name])
    return passed


def _without_nulls(parameters: Event) -> Event:
    named = {
        name: [each for each in value if each is not None] if isinstance(value, list) else value
        for name, value in parameters.items()
    }
    return {name: value for name, value in named.items() if value is not None}


def correct(environ: Environ, kind: Kind, event: Event) -> None:
    """Complete ``environ`` in place; raises what a malformed event makes it raise."""
    context = event.get("requestContext")
    context = context if isinstance(context, dict) else {}
    if not isinstance(environ["REQUEST_METHOD"], str):
        raise TypeError("the method of an HTTP event is no text")
    environ[GATEWAY] = GATEWAYS[kind]
    _set_headers(environ, event)
    _set_server(environ, kind, context)
    _set_path(environ, kind, event, context)
    if event.get("body"):
        _set_body(environ, event)


def _set_headers(environ: Environ, event: Event) -> None:
    """Set the headers, without those whose names have underscores: they would pass for others, which have dashes."""
    several, cookies = event.get("multiValueHeaders"), event.get("cookies")
    if several:
        named = {
            _environ_name(name): values[0] if len(values) == 1 else ",".join(filter(None, values))
            for name, values in several.items()
            if values and "_" not in name
        }
        cookies = several.get("Cookie") or several.get("cookie")
    else:
        headers = event.get("headers") or {}
        named = {_environ_name(name): value for name, value in headers.items() if "_" not in name}
    if cookies:
        named["HTTP_COOKIE"] = "; ".join(filter(None, cookies))
    if None in named.values():  # events written by hand may contain null
        named = {name: value for name, value in named.items() if value is not None}
    if not "".join(named.values()).isascii():
        # a gateway may have read UTF-8 as Latin-1
        named = {name: _encoded(undone_latin_1(value)) for name, value in named.items()}
    # the body is whole: Werkzeug would take none where one is announced that ends by itself
    named.pop("HTTP_TRANSFER_ENCODING", None)
    environ.update(named)
    if "HTTP_CONTENT_TYPE" in named:
        environ["CONTENT_TYPE"] = named["HTTP_CONTENT_TYPE"]


@lru_cache
def _environ_name(header: str) -> str:
    """Return the name that a header has in the environment (RFC 3875, 4.1.18)."""
    return f"HTTP_{header.upper().replace('-', '_')}"


def _set_server(environ: Environ, kind: Kind, context: Event) -> None:
    """Set what links begin with, also where no header says it; the first of several proxies is the viewer's."""
    scheme = environ.get("HTTP_X_FORWARDED_PROTO", "https")
    if scheme != "https":
        scheme = "http" if scheme.partition(",")[0].strip().lower() == "http" else "https"
    port = environ.get("HTTP_X_FORWARDED_PORT", "")
    environ["wsgi.url_scheme"] = scheme
    environ["SERVER_NAME"] = environ.get("HTTP_HOST") or str(context.get("domainName") or "localhost")
    environ["SERVER_PORT"] = port if port.isdecimal() else "443" if scheme == "https" else "80"
    identity = context.get("identity") or context.get("http") or {}
    # what the gateway saw, because anyone can send an X-Forwarded-For; a load balancer adds it there, as the last
    seen = environ.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2].strip() if kind == Kind.ALB else ""
    environ["REMOTE_ADDR"] = str(identity.get("sourceIp") or seen)


def _set_body(environ: Environ, event: Event) -> None:
    """Decode the body strictly: a lenient decoder skips what is not base64, and the body arrives damaged."""
    text = event["body"]
    try:
        body = msgspec.convert(text, bytes) if event.get("isBase64Encoded") else text.encode()
    except (msgspec.ValidationError, UnicodeEncodeError):
        body = b""
        environ[BAD_BODY] = True
    environ["wsgi.input"] = BytesIO(body)
    environ["CONTENT_LENGTH"] = str(len(body))


def _set_path(environ: Environ, kind: Kind, event: Event, context: Event) -> None:
    """Split the path into the prefix the app is mounted under (SCRIPT_NAME) and the rest (PATH_INFO).

    The prefix differs between a stage URL, a custom domain and a base path mapping; what the route's ``{proxy+}``
    matched does not.
    """
    is_v2 = "rawPath" in event
    path = event["rawPath"] if is_v2 else event["path"]
    parameters = event.get("pathParameters") or {}
    proxied = parameters.get("proxy")
    if isinstance(proxied, str):
        own = "/" + proxied.lstrip("/")
    elif kind in (Kind.HTTP_API, Kind.FUNCTION_URL):
        own = _without_stage(path, f"/{context.get('stage')}")
    else:
        own = "/" if event.get("resource") == "/" else path
    # an HTTP API has decoded the path: https://github.com/hotsock/voker/pull/8 lists who does
    decode = _encoded if kind == Kind.HTTP_API else _unquoted
    environ["PATH_INFO"] = decode(own)
    environ["SCRIPT_NAME"] = decode(_prefix(context.get("path") or path, own))
    if is_v2 and not environ["QUERY_STRING"].isascii():
        environ["QUERY_STRING"] = quote(environ["QUERY_STRING"], safe=_QUERY, errors="replace")


def _without_stage(path: str, stage: str) -> str:
    return path.removeprefix(stage) or "/" if f"{path}/".startswith(f"{stage}/") else path


def _prefix(full: str, own: str) -> str:
    if own != "/" and full.endswith(own):
        return full.removesuffix(own)
    return full.rstrip("/") if own == "/" else ""


def _unquoted(text: str) -> str:
    if "%" not in text and text.isascii():
        return text
    return unquote_to_bytes(text.encode(errors="surrogatepass")).decode("latin-1")


def _encoded(text: str) -> str:
    return text if text.isascii() else text.encode(errors="surrogatepass").decode("latin-1")
