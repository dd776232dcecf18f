"""REST APIs (v1): every path is under a stage, every body is base64 because the binary media types are ``*/*``.

https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import parse_qsl

from lab.account.function import ACCOUNT
from lab.containers.trace import HEADER
from lab.gateway.api import GatewayApi
from lab.gateway.headers import event_body, forwarded_headers, multi_values, response_headers, with_own
from lab.gateway.request_ids import RequestIds, new_ids
from lab.gateway.responses import decoded_body, rest_response
from lab.gateway.rest_headers import DROPPED, remapped, without_signature
from lab.http.server import Headers, Request, Response

API_ID: Final = "lab0rest"
_MESSAGES: Final[Mapping[int, str]] = {
    403: "Forbidden",
    413: "Request Too Long",
    431: "Request Header Fields Too Large",
    500: "Internal server error",
    502: "Internal server error",
    504: "Endpoint request timed out",
}
# null unless the method authorizes its callers
_UNKNOWN_CALLER: Final[Mapping[str, None]] = dict.fromkeys(
    (
        *("accessKey", "accountId", "caller", "cognitoAuthenticationProvider", "cognitoAuthenticationType"),
        *("cognitoIdentityId", "cognitoIdentityPoolId", "principalOrgId", "user", "userArn"),
    )
)


class RestApi(GatewayApi, frozen=True, kw_only=True):
    """One stage of a REST API with the resources ``/`` and ``/{proxy+}``."""

    # the gateway keeps Lambda's refusal to itself
    throttled_status = 500
    error_status = 502
    timeout_status = 504
    # https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
    timeout_s = 29.0
    messages = _MESSAGES

    stage: str = "dev"
    remap_headers: bool = True

    @property
    def prefix(self) -> str:
        """Return the prefix of every path: the stage."""
        return f"/{self.stage}"

    def matches(self, request: Request) -> bool:
        """Return whether the path is under the stage."""
        return request.path == self.prefix or request.path.startswith(f"{self.prefix}/")

    def event(self, request: Request, ids: RequestIds | None = None) -> dict[str, Any]:
        ids = ids or new_ids(request)
        path = request.path.removeprefix(self.prefix) or "/"
        headers = without_signature(forwarded_headers(request, scheme=self.scheme, trace=ids.trace, dropped=DROPPED))
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
            "requestContext": self._context(request, ids, path, resource),
            **event_body(request.body, as_text=False),
        }

    def response(self, payload: bytes, ids: RequestIds | None = None) -> Response:
        fields = rest_response(payload)
        headers = response_headers(fields.get("headers") or {}, fields.get("multiValueHeaders") or {})
        kept = remapped(headers) if self.remap_headers else headers
        ids = ids or new_ids()
        return Response(
            status=fields["statusCode"],
            headers=with_own(kept, (*self.id_headers(ids), (HEADER, ids.trace))),
            body=decoded_body(fields),
        )

    def id_headers(self, ids: RequestIds) -> Headers:
        return ("x-amzn-RequestId", ids.request_id), ("x-amz-apigw-id", ids.short_id)

    def _context(self, request: Request, ids: RequestIds, path: str, resource: str) -> dict[str, Any]:
        now = datetime.now(UTC)
        return {
            "accountId": ACCOUNT,
            "apiId": API_ID,
            "deploymentId": "lab0dp",
            "domainName": request.header("Host"),
            "domainPrefix": API_ID,
            "extendedRequestId": ids.short_id,
            "httpMethod": request.method,
            "identity": {
                **_UNKNOWN_CALLER,
                "sourceIp": request.peer,
                "userAgent": request.header("User-Agent") or None,
            },
            "path": self.prefix + path,
            "protocol": "HTTP/1.1",
            "requestId": ids.request_id,
            "requestTime": now.strftime("%d/%b/%Y:%H:%M:%S +0000"),
            "requestTimeEpoch": int(time.time() * 1000),
            "resourceId": "proxy0",
            "resourcePath": resource,
            "stage": self.stage,
        }
