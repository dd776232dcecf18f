"""HTTP APIs (v2, payload format 2.0): the ``$default`` stage, so paths have no prefix.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import parse_qsl
from uuid import uuid4

import msgspec

from lab.accounts.function import ACCOUNT
from lab.gateway.headers import encoded_body, flat, gathered, incoming
from lab.gateway.responses import decoded_body, inferred_answer
from lab.http.server import Headers, Request, Response, json_response

API_ID: Final = "lab0http"
_TEXT: Final = ("text/", "application/json", "application/xml", "application/javascript")
# set by the gateway alone
_DROPPED: Final = frozenset({"connection", "content-length", "date", "server", "transfer-encoding", "upgrade"})


class HttpApi(msgspec.Struct, frozen=True, kw_only=True):
    """An HTTP API whose ``$default`` route takes everything."""

    port: int = 80
    refused: int = 429
    failed: int = 500
    late: int = 503

    @property
    def prefix(self) -> str:
        """Return what every path begins with."""
        return ""

    def takes(self, request: Request) -> bool:
        """Say that every path is ours."""
        return True

    def event(self, request: Request) -> dict[str, Any]:
        """Return the event for a request."""
        headers = gathered((name.lower(), value) for name, value in incoming(request, self.port))
        cookies = [part.strip() for line in headers.pop("cookie", []) for part in line.split(";") if part.strip()]
        query = gathered(parse_qsl(request.query, keep_blank_values=True))
        return {
            "version": "2.0",
            "routeKey": "$default",
            "rawPath": request.path,
            "rawQueryString": request.query,
            **({"cookies": cookies} if cookies else {}),
            "headers": _joined(headers),
            **({"queryStringParameters": _joined(query)} if query else {}),
            "requestContext": self._context(request),
            **_body(request),
        }

    def response(self, payload: bytes) -> Response:
        """Return the HTTP answer a function's payload stands for; raise Malformed."""
        answer = inferred_answer(payload)
        headers = flat(answer.get("headers") or {}, {"Set-Cookie": answer.get("cookies") or []})
        return Response(
            status=answer["statusCode"],
            headers=(*_outgoing(headers), ("apigw-requestid", uuid4().hex[:16])),
            body=decoded_body(answer),
        )

    def problem(self, status: int) -> Response:
        """Return the gateway's own answer."""
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
                "path": request.path,
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


def _body(request: Request) -> dict[str, Any]:
    fields = encoded_body(request.body, as_text=request.header("Content-Type").startswith(_TEXT))
    return fields if request.body else {"isBase64Encoded": False}


def _joined(several: dict[str, list[str]]) -> dict[str, str]:
    return {name: ",".join(values) for name, values in several.items()}


def _outgoing(headers: Headers) -> Headers:
    return tuple((name, value) for name, value in headers if name.lower() not in _DROPPED)
