"""A test client whose requests reach the app through the Lambda handler, as behind an HTTP API."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.wrappers import Request

from app.container import Container
from app.events import make_handler


def client_class(app: Flask, container: Container) -> type[FlaskClient]:
    """Return a class of test clients for the handler of this app."""
    inner, schemes = app.wsgi_app, ["http"]

    def over_the_clients_scheme(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        environ["wsgi.url_scheme"] = schemes[-1]  # a gateway is always https, and the tests' addresses are not
        return inner(environ, start_response)

    app.wsgi_app = over_the_clients_scheme  # type: ignore[method-assign]
    handle = make_handler(app, container)

    def through_handler(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        schemes.append(environ["wsgi.url_scheme"])
        answer = json.loads(json.dumps(handle(http_api_event(environ), None)))
        headers = [
            *((name.title(), value) for name, value in answer["headers"].items()),
            *(("Set-Cookie", cookie) for cookie in answer.get("cookies", [])),
        ]
        start_response(f"{answer['statusCode']} -", headers)
        body = answer["body"]
        return [base64.b64decode(body, validate=True) if answer["isBase64Encoded"] else body.encode()]

    class HandlerClient(FlaskClient):
        def run_wsgi_app(self, environ: Any, buffered: bool = False) -> Any:
            application: Any = self.application
            self.application = through_handler  # type: ignore[assignment]
            try:
                return super().run_wsgi_app(environ, buffered)
            finally:
                self.application = application

    return HandlerClient


def http_api_event(environ: dict[str, Any]) -> dict[str, Any]:
    """Return the event of version 2 for a request to the stage that its prefix names, or to ``$default``.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
    """
    request = Request(environ)
    body = request.get_data(cache=False)
    headers = {name.lower(): value for name, value in request.headers.items()}
    cookie = headers.pop("cookie", "")
    path, stage = request.root_path.rstrip("/") + request.path, request.root_path.strip("/") or "$default"
    http = {
        "method": request.method,
        "path": path,
        "protocol": "HTTP/1.1",
        "sourceIp": request.remote_addr,
        "userAgent": headers.get("user-agent", ""),
    }
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": environ["QUERY_STRING"],
        "headers": headers,
        "cookies": cookie.split("; ") if cookie else [],
        "requestContext": {"http": http, "stage": stage},
        "body": base64.b64encode(body).decode() if body else None,
        "isBase64Encoded": bool(body),
    }
