"""REST APIs (v1): every path is under a stage, every body is base64 because the binary media types are ``*/*``.

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
from lab.gateway.headers import event_body, forwarded_headers, multi_values, response_headers
from lab.gateway.responses import decoded_body, rest_response
from lab.http.server import Headers, Request, Response, json_response

API_ID: Final = "lab0rest"
# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
_REMAPPED: Final = frozenset({"connection", "content-length", "date", "server", "upgrade", "www-authenticate"})


class RestApi(msgspec.Struct, frozen=True, kw_only=True):
    """One stage of a REST API with the resources ``/`` and ``/{proxy+}``."""

    stage: str = "dev"
    port: int = 80
    throttled_status: int = 429
    error_status: int = 502
    timeout_status: int = 504
    # https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
    timeout_s: float = 29.0

    @property
    def prefix(self) -> str:
        """Return the prefix of every path: the stage."""
        return f"/{self.stage}"

    def matches(self, request: Request) -> bool:
        """Return whether the path is under the stage."""
        return request.path == self.prefix or request.path.startswith(f"{self.prefix}/")

    def event(self, request: Request) -> dict[str, Any]:
        """Return the event for a request."""
        path = request.path.removeprefix(self.prefix) or "/"
        headers = forwarded_headers(request, self.port)
        query = parse_qsl(request.query, keep_blank_values=True)
        resource = "/" if path == "/" else "/{proxy+}"
        return {
            "resource": resource,
            "path": path,
            "httpMethod": request.method,
            "headers": dict(headers),
            "multiValueHeaders": multi_values(headers),
            "queryStringParameters": dict(query) or None,
            "multiValueQueryStringParameters": multi_values(query) or None,
            "pathParameters": None if path == "/" else {"proxy": path.lstrip("/")},
            "stageVariables": None,
            "requestContext": self._context(request, path, resource),
            **event_body(request.body, as_text=False),
        }

    def response(self, payload: bytes) -> Response:
        """Return the HTTP response that a function's payload describes; raise MalformedResponse."""
        fields = rest_response(payload)
        headers = response_headers(fields.get("headers") or {}, fields.get("multiValueHeaders") or {})
        return Response(
            status=fields["statusCode"],
            headers=(*_remapped(headers), ("x-amzn-RequestId", str(uuid4())), ("x-amz-apigw-id", uuid4().hex[:16])),
            body=decoded_body(fields),
        )

    def error_response(self, status: int) -> Response:
        """Return the gateway's own response for a status."""
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


def _remapped(headers: Headers) -> Headers:
    """Rename the headers that a REST API does not let a function set."""
    return tuple(
        (f"x-amzn-Remapped-{name}" if name.lower() in _REMAPPED else name, value)
        for name, value in headers
        if name.lower() != "transfer-encoding"
    )
