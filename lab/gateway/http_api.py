"""HTTP APIs (v2, payload format 2.0): on the ``$default`` stage, so paths have no prefix.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import parse_qsl, unquote
from uuid import uuid4

import msgspec

from lab.accounts.function import ACCOUNT
from lab.gateway.headers import event_body, forwarded_headers, multi_values, response_headers
from lab.gateway.responses import decoded_body, http_api_response
from lab.http.server import Request, Response, json_response

API_ID: Final = "lab0http"
_TEXT_TYPES: Final = ("text/", "application/json", "application/xml", "application/javascript")
# only the gateway sets these
_DROPPED: Final = frozenset({"connection", "content-length", "date", "server", "transfer-encoding", "upgrade"})


class HttpApi(msgspec.Struct, frozen=True, kw_only=True):
    """An HTTP API whose ``$default`` route matches everything."""

    port: int = 80
    throttled_status: int = 429
    error_status: int = 500
    timeout_status: int = 503
    # https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
    timeout_s: float = 30.0

    @property
    def prefix(self) -> str:
        """Return the prefix of every path: none."""
        return ""

    def matches(self, request: Request) -> bool:
        """Return True: every path has a route."""
        return True

    def event(self, request: Request) -> dict[str, Any]:
        """Return the event for a request."""
        headers = multi_values((name.lower(), value) for name, value in forwarded_headers(request, self.port))
        cookies = [part.strip() for line in headers.pop("cookie", []) for part in line.split(";") if part.strip()]
        query = multi_values(parse_qsl(request.query, keep_blank_values=True))
        return {
            "version": "2.0",
            "routeKey": "$default",
            "rawPath": _decoded(request.path),
            "rawQueryString": request.query,
            **({"cookies": cookies} if cookies else {}),
            "headers": _joined(headers),
            **({"queryStringParameters": _joined(query)} if query else {}),
            "requestContext": self._context(request),
            **_body_fields(request),
        }

    def response(self, payload: bytes) -> Response:
        """Return the HTTP response that a function's payload describes; raise MalformedResponse."""
        fields = http_api_response(payload)
        headers = response_headers(fields.get("headers") or {}, {"Set-Cookie": fields.get("cookies") or []})
        kept = tuple((name, value) for name, value in headers if name.lower() not in _DROPPED)
        return Response(
            status=fields["statusCode"],
            headers=(*kept, ("apigw-requestid", uuid4().hex[:16])),
            body=decoded_body(fields),
        )

    def error_response(self, status: int) -> Response:
        """Return the gateway's own response for a status."""
        texts = {
            413: "Request Entity Too Large",
            429: "Too Many Requests",
            500: "Internal Server Error",
            503: "Service Unavailable",
        }
        return json_response(status, {"message": texts[status]}, (("apigw-requestid", uuid4().hex[:16]),))

    def _context(self, request: Request) -> dict[str, Any]:
        now = datetime.now(UTC)
        return {
            "accountId": ACCOUNT,
            "apiId": API_ID,
            "domainName": request.header("Host"),
            "domainPrefix": API_ID,
            "http": {
                "method": request.method,
                "path": _decoded(request.path),
                "protocol": "HTTP/1.1",
                "sourceIp": request.peer,
                "userAgent": request.header("User-Agent"),
            },
            "requestId": uuid4().hex[:16],
            "routeKey": "$default",
            "stage": "$default",
            "time": now.strftime("%d/%b/%Y:%H:%M:%S +0000"),
            "timeEpoch": int(time.time() * 1000),
        }


def _decoded(path: str) -> str:
    """Return the path as an HTTP API passes it on: decoded, and cut at what was an encoded question mark.

    Captured on AWS: https://github.com/hotsock/voker/pull/8
    """
    return unquote(path).partition("?")[0]


def _body_fields(request: Request) -> dict[str, Any]:
    fields = event_body(request.body, as_text=request.header("Content-Type").startswith(_TEXT_TYPES))
    return fields if request.body else {"isBase64Encoded": False}


def _joined(values: dict[str, list[str]]) -> dict[str, str]:
    return {name: ",".join(several) for name, several in values.items()}
