"""Turns the scope of an ASGI request into a WSGI environ (PEP 3333)."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import IO, Any, Final
from urllib.parse import unquote_to_bytes

Environ = dict[str, Any]
Scope = Mapping[str, Any]

_WITHOUT_PREFIX: Final = ("CONTENT_TYPE", "CONTENT_LENGTH")


def wsgi_environ(scope: Scope, body: IO[bytes], length: int) -> Environ:
    """Return the environ of a request whose whole ``body`` of ``length`` bytes has been read."""
    host, port = scope["server"]
    environ = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        # not scope["path"], in which bytes that are no UTF-8 are lost
        "PATH_INFO": unquote_to_bytes(scope["raw_path"]).decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_NAME": str(host),
        "SERVER_PORT": str(port),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "REMOTE_ADDR": scope["client"][0],
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.input": body,
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    return {**environ, **_headers(scope["headers"]), "CONTENT_LENGTH": str(length)}


def _headers(pairs: list[tuple[bytes, bytes]]) -> dict[str, str]:
    """Return the request headers as variables; one that came several times is one, as RFC 9110, 5.3 allows."""
    found: dict[str, str] = {}
    for raw_name, raw_value in pairs:
        if b"_" in raw_name:
            continue  # X_Forwarded_For would become the same variable as X-Forwarded-For
        name, value = raw_name.decode("latin-1").upper().replace("-", "_"), raw_value.decode("latin-1")
        if name == "TRANSFER_ENCODING":
            continue  # the body was put together already
        if name not in _WITHOUT_PREFIX:
            name = f"HTTP_{name}"
        separator = "; " if name == "HTTP_COOKIE" else ","
        found[name] = f"{found[name]}{separator}{value}" if name in found else value
    return found
