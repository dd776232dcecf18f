"""Payload format 2.0, which HTTP APIs and Function URLs share.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import parse_qsl

from lab.gateway.headers import event_body, multi_values, response_headers
from lab.gateway.responses import decoded_body, http_api_response
from lab.http.server import Headers, Request

_TEXT_TYPES: Final = ("text/", "application/json", "application/xml", "application/javascript")


def event_of(request: Request, headers: Headers, *, path: str, context: dict[str, Any]) -> dict[str, Any]:
    """Return the event of a request; ``context`` has the fields of the request context in which the two differ."""
    values = multi_values((name.lower(), value) for name, value in headers)
    cookies = [part.strip() for line in values.pop("cookie", []) for part in line.split(";") if part.strip()]
    query = multi_values(parse_qsl(request.query, keep_blank_values=True))
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": request.query,
        **({"cookies": cookies} if cookies else {}),
        "headers": _joined(values),
        **({"queryStringParameters": _joined(query)} if query else {}),
        "requestContext": {**context, **_context(request, path)},
        **_body_fields(request),
    }


def response_of(payload: bytes) -> tuple[int, Headers, bytes]:
    """Return status, headers and body that a function's payload describes; raise MalformedResponse."""
    fields = http_api_response(payload)
    cookies = fields.get("cookies")
    # AWS asks for `cookies`, and does not say that a cookie among the headers would be lost
    several = {} if cookies in (None, []) else {"Set-Cookie": cookies}
    headers = response_headers(fields.get("headers") or {}, several)
    return fields["statusCode"], headers, decoded_body(fields)


def _context(request: Request, path: str) -> dict[str, Any]:
    return {
        "http": {
            "method": request.method,
            "path": path,
            "protocol": "HTTP/1.1",
            "sourceIp": request.peer,
            "userAgent": request.header("User-Agent"),
        },
        "routeKey": "$default",
        "stage": "$default",
        "time": datetime.now(UTC).strftime("%d/%b/%Y:%H:%M:%S +0000"),
        "timeEpoch": int(time.time() * 1000),
    }


def _body_fields(request: Request) -> dict[str, Any]:
    fields = event_body(request.body, as_text=request.header("Content-Type").startswith(_TEXT_TYPES))
    return fields if request.body else {"isBase64Encoded": False}


def _joined(values: dict[str, list[str]]) -> dict[str, str]:
    return {name: ",".join(several) for name, several in values.items()}
