"""The path of MONOLAMBDA_PUBLIC_URL: what our links have in front, whether or not somebody takes it off again.

An nginx location or a base path mapping may take it off before a request arrives; the rule of a load balancer, a
behavior of CloudFront and a ``$default`` route do not.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes, urlsplit

from werkzeug.urls import iri_to_uri

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment
    from flask import Flask


class PublicPrefix:
    """WSGI middleware: pages link below the prefix of ``public_url``, and requests are served with and without it."""

    def __init__(self, app: Flask, public_url: str) -> None:
        self._wsgi_app = app.wsgi_app
        self._routes = app.url_map.bind("")
        # Werkzeug puts it in front of links as it is
        self._encoded = urlsplit(iri_to_uri(public_url)).path.rstrip("/")
        self._decoded = unquote_to_bytes(self._encoded).decode("latin-1")

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        environ["SCRIPT_NAME"] = self._encoded
        environ["PATH_INFO"] = self._own_path(environ["PATH_INFO"])
        return self._wsgi_app(environ, start_response)

    def _own_path(self, path: str) -> str:
        """Return the path without the prefix, if that leads to a route: /images may be a prefix, and is a route.

        Paths arrive decoded, one byte in each character (PEP 3333).
        """
        if not f"{path}/".startswith(f"{self._decoded}/"):
            return path
        own = path.removeprefix(self._decoded) or "/"
        is_ours = path == self._decoded and self._leads_to_a_route(path)
        return path if is_ours or not self._leads_to_a_route(own) else own

    def _leads_to_a_route(self, path: str) -> bool:
        decoded = path.encode("latin-1").decode(errors="replace")
        allowed: Any = self._routes.allowed_methods(decoded)
        return bool(allowed)
