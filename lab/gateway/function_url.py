"""Function URLs: Lambda's own HTTP endpoint, with payload format 2.0 and without a gateway's limits.

https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from lab.account.function import REGION
from lab.containers.trace import HEADER
from lab.gateway import payload_v2
from lab.gateway.api import GatewayApi
from lab.gateway.headers import forwarded_headers, with_own
from lab.gateway.request_ids import RequestIds, new_ids
from lab.gateway.responses import error_message
from lab.gateway.rest_headers import remapped
from lab.http.server import Headers, Request, Response, json_response

URL_ID: Final = "lab0url"
_MESSAGES: Final[Mapping[int, str]] = {
    413: "Request Entity Too Large",
    429: "Rate Exceeded.",
    502: "Internal Server Error",
    504: "Gateway Timeout",
}
_TLS: Final[Headers] = (
    ("x-amzn-tls-version", "TLSv1.3"),
    ("x-amzn-tls-cipher-suite", "TLS_AES_128_GCM_SHA256"),
)


class FunctionUrl(GatewayApi, frozen=True, kw_only=True):
    """A function's URL, open to all (auth type NONE), which waits as long as the function may run."""

    # https://docs.aws.amazon.com/lambda/latest/dg/urls-configuration.html#urls-throttling
    throttled_status = 429
    error_status = 502
    timeout_status = 504
    timeout_s = None
    messages = _MESSAGES
    limits_headers = False

    remap_headers: bool = True

    def invocation_id(self, ids: RequestIds) -> str:
        """Return the id that the invocation gets: the request's, by which a caller finds its log."""
        return ids.request_id

    def event(self, request: Request, ids: RequestIds | None = None) -> dict[str, Any]:
        ids = ids or new_ids(request)
        context = {
            "accountId": "anonymous",
            "apiId": URL_ID,
            # not the header Host, which is where the lab listens: applications know a Function URL by its domain
            "domainName": f"{URL_ID}.lambda-url.{REGION}.on.aws",
            "domainPrefix": URL_ID,
            "requestId": ids.request_id,
        }
        headers = forwarded_headers(request, scheme=self.scheme, trace=ids.trace)
        tls = _TLS if self.scheme == "https" else ()
        # still percent-encoded, other than that of an HTTP API
        return payload_v2.event_of(request, (*headers, *tls), path=request.path, context=context)

    def response(self, payload: bytes, ids: RequestIds | None = None) -> Response:
        status, headers, body = payload_v2.response_of(payload)
        # not documented for Function URLs, but seen: WWW-Authenticate arrives under another name here too
        kept = remapped(headers) if self.remap_headers else headers
        ids = ids or new_ids()
        return Response(status=status, headers=with_own(kept, (*self.id_headers(ids), (HEADER, ids.trace))), body=body)

    def error_response(self, status: int, ids: RequestIds) -> Response:
        """Return Lambda's own response for a status."""
        named = self.id_headers(ids)
        if status == self.error_status:
            return Response(status=status, headers=named, body=self.messages[status].encode())
        refused = (("x-amzn-ErrorType", "TooManyRequestsException"),) if status == self.throttled_status else ()
        return json_response(status, {"Message": error_message(status, self.messages)}, (*named, *refused))

    def id_headers(self, ids: RequestIds) -> Headers:
        return (("x-amzn-RequestId", ids.request_id),)
