"""HTTP APIs (v2, payload format 2.0): on the ``$default`` stage, so paths have no prefix."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import unquote
from uuid import uuid4

import msgspec

from lab.accounts.function import ACCOUNT
from lab.gateway import payload_v2
from lab.gateway.headers import Scheme, forwarded_headers, with_own
from lab.gateway.request_ids import RequestIds, new_ids
from lab.gateway.responses import error_message
from lab.http.server import Headers, Request, Response, json_response

API_ID: Final = "lab0http"
_MESSAGES: Final[Mapping[int, str]] = {
    413: "Request Entity Too Large",
    431: "Request Header Fields Too Large",
    500: "Internal Server Error",
    503: "Service Unavailable",
}
# only the gateway sets these
_DROPPED: Final = frozenset({"connection", "content-length", "date", "server", "transfer-encoding", "upgrade"})


class HttpApi(msgspec.Struct, frozen=True, kw_only=True):
    """An HTTP API whose ``$default`` route matches everything; ``scheme`` is the one that events name."""

    scheme: Scheme = "https"
    limits_headers: bool = True
    # the gateway keeps Lambda's refusal to itself
    throttled_status: int = 503
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

    def invocation_id(self, ids: RequestIds) -> str:
        """Return the id that the invocation gets: one of Lambda's own."""
        return str(uuid4())

    def event(self, request: Request, ids: RequestIds | None = None) -> dict[str, Any]:
        """Return the event for a request; its ids are new ones unless given."""
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
        """Return the HTTP response that a function's payload describes; raise MalformedResponse."""
        status, headers, body = payload_v2.response_of(payload)
        kept = tuple((name, value) for name, value in headers if name.lower() not in _DROPPED)
        return Response(status=status, headers=with_own(kept, _named(ids or new_ids())), body=body)

    def error_response(self, status: int, ids: RequestIds) -> Response:
        """Return the gateway's own response for a status."""
        return json_response(status, {"message": error_message(status, _MESSAGES)}, _named(ids))


def _decoded(path: str) -> str:
    """Return the path as an HTTP API passes it on: decoded, and cut at what was an encoded question mark.

    Captured on AWS: https://github.com/hotsock/voker/pull/8
    """
    return unquote(path).partition("?")[0]


def _named(ids: RequestIds) -> Headers:
    return (("apigw-requestid", ids.short_id),)
