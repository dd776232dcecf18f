"""REST APIs (v1): every path under a stage, every body base64 since the API's binary types are ``*/*``.

https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
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
from lab.gateway.responses import decoded_body, proxy_answer
from lab.http.server import Headers, Request, Response, json_response

API_ID: Final = "lab0rest"
# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
_REMAPPED: Final = frozenset({"connection", "content-length", "date", "server", "upgrade", "www-authenticate"})


class RestApi(msgspec.Struct, frozen=True, kw_only=True):
    """One stage of a REST API with the route ``/{proxy+}`` and the root."""

    stage: str = "dev"
    port: int = 80
    refused: int = 429
    failed: int = 502
    late: int = 504

    @property
    def prefix(self) -> str:
        """Return what every path begins with."""
        return f"/{self.stage}"

    def takes(self, request: Request) -> bool:
        """Say whether the path is under the stage."""
        return request.path == self.prefix or request.path.startswith(f"{self.prefix}/")

    def event(self, request: Request) -> dict[str, Any]:
        """Return the event for a request."""
        path = request.path.removeprefix(self.prefix) or "/"
        headers = incoming(request, self.port)
        query = parse_qsl(request.query, keep_blank_values=True)
        resource = "/" if path == "/" else "/{proxy+}"
        return {
            "resource": resource,
            "path": path,
            "httpMethod": request.method,
            "headers": dict(headers),
            "multiValueHeaders": gathered(headers),
            "queryStringParameters": dict(query) or None,
            "multiValueQueryStringParameters": gathered(query) or None,
            "pathParameters": None if path == "/" else {"proxy": path.lstrip("/")},
            "stageVariables": None,
            "requestContext": self._context(request, path, resource),
            **encoded_body(request.body, as_text=False),
        }

    def response(self, payload: bytes) -> Response:
        """Return the HTTP answer a function's payload stands for; raise Malformed."""
        answer = proxy_answer(payload)
        headers = flat(answer.get("headers") or {}, answer.get("multiValueHeaders") or {})
        return Response(
            status=answer["statusCode"],
            headers=(*_outgoing(headers), ("x-amzn-RequestId", str(uuid4())), ("x-amz-apigw-id", uuid4().hex[:16])),
            body=decoded_body(answer),
        )

    def problem(self, status: int) -> Response:
        """Return the gateway's own answer."""
        texts = {
            403: "Forbidden",
            413: "Request Too Long",
            429: "Too Many Requests",
            502: "Internal server error",
            504: "Endpoint request timed out",
        }
        return json_response(status, {"message": texts[status]}, (("x-amzn-RequestId", str(uuid4())),))

    def _context(self, request: Request, path: str, resource: str) -> dict[str, Any]:
        now = datetime.now(UTC)
        return {
            "accountId": ACCOUNT,
            "apiId": API_ID,
            "domainName": request.header("Host"),
            "domainPrefix": API_ID,
            "extendedRequestId": uuid4().hex[:16],
            "httpMethod": request.method,
            "identity": {"sourceIp": request.peer, "userAgent": request.header("User-Agent") or None},
            "path": self.prefix + path,
            "protocol": "HTTP/1.1",
            "requestId": str(uuid4()),
            "requestTime": now.strftime("%d/%b/%Y:%H:%M:%S +0000"),
            "requestTimeEpoch": int(time.time() * 1000),
            "resourceId": "proxy0",
            "resourcePath": resource,
            "stage": self.stage,
        }


def _outgoing(headers: Headers) -> Headers:
    """Rename what a REST API does not let a function set."""
    return tuple(
        (f"x-amzn-Remapped-{name}" if name.lower() in _REMAPPED else name, value)
        for name, value in headers
        if name.lower() != "transfer-encoding"
    )
