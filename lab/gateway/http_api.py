"""HTTP APIs (v2, payload format 2.0): on the ``$default`` stage, so paths have no prefix."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import unquote

from lab.account.function import ACCOUNT
from lab.gateway import payload_v2
from lab.gateway.api import GatewayApi
from lab.gateway.headers import forwarded_headers, with_own
from lab.gateway.request_ids import RequestIds, new_ids
from lab.http.server import Headers, Request, Response

API_ID: Final = "lab0http"
_MESSAGES: Final[Mapping[int, str]] = {
    413: "Request Entity Too Large",
    431: "Request Header Fields Too Large",
    500: "Internal Server Error",
    503: "Service Unavailable",
}
# only the gateway sets these
_DROPPED: Final = frozenset({"connection", "content-length", "date", "server", "transfer-encoding", "upgrade"})


class HttpApi(GatewayApi, frozen=True, kw_only=True):
    """An HTTP API whose ``$default`` route matches everything."""

    # the gateway keeps Lambda's refusal to itself
    throttled_status = 503
    error_status = 500
    timeout_status = 503
    # https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
    timeout_s = 30.0
    messages = _MESSAGES

    def event(self, request: Request, ids: RequestIds | None = None) -> dict[str, Any]:
        ids = ids or new_ids(request)
        context = {
            "accountId": ACCOUNT,
            "apiId": API_ID,
            "domainName": request.header("Host"),
            "domainPrefix": API_ID,
            "requestId": ids.short_id,
        }
        headers = forwarded_headers(request, scheme=self.scheme, trace=ids.trace)
        return payload_v2.event_of(request, headers, path=_decoded(request.path), context=context)

    def response(self, payload: bytes, ids: RequestIds | None = None) -> Response:
        status, headers, body = payload_v2.response_of(payload)
        kept = tuple((name, value) for name, value in headers if name.lower() not in _DROPPED)
        return Response(status=status, headers=with_own(kept, self.id_headers(ids or new_ids())), body=body)

    def id_headers(self, ids: RequestIds) -> Headers:
        return (("apigw-requestid", ids.short_id),)


def _decoded(path: str) -> str:
    """Return the path as an HTTP API passes it on: decoded, and cut at what was an encoded question mark.

    Captured on AWS: https://github.com/hotsock/voker/pull/8
    """
    return unquote(path).partition("?")[0]
