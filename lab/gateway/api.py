"""What a gateway asks its kind of API, with the answers that most kinds have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar
from uuid import uuid4

import msgspec

from lab.gateway.headers import Scheme
from lab.gateway.request_ids import RequestIds
from lab.gateway.responses import error_message
from lab.http.server import Headers, Request, Response, json_response


class GatewayApi(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of API: turns requests into events, and the results of functions into responses.

    ``scheme`` is the one that events name, ``messages`` are what the API itself says to a status. ``timeout_s`` is
    None where nothing but the function's own timeout counts.
    """

    throttled_status: ClassVar[int]
    error_status: ClassVar[int]
    timeout_status: ClassVar[int]
    timeout_s: ClassVar[float | None]
    messages: ClassVar[Mapping[int, str]]
    limits_headers: ClassVar[bool] = True

    scheme: Scheme = "https"

    @property
    def prefix(self) -> str:
        """Return the prefix of every path: none."""
        return ""

    def matches(self, request: Request) -> bool:
        """Return whether the path has a route: every path has."""
        return True

    def invocation_id(self, ids: RequestIds) -> str:
        """Return the id that the invocation gets: one of Lambda's own."""
        return str(uuid4())

    def event(self, request: Request, ids: RequestIds | None = None) -> dict[str, Any]:
        """Return the event for a request; its ids are new ones unless given."""
        raise NotImplementedError

    def response(self, payload: bytes, ids: RequestIds | None = None) -> Response:
        """Return the HTTP response that a function's payload describes; raise MalformedResponse."""
        raise NotImplementedError

    def error_response(self, status: int, ids: RequestIds) -> Response:
        """Return the API's own response for a status."""
        return json_response(status, {"message": error_message(status, self.messages)}, self.id_headers(ids))

    def id_headers(self, ids: RequestIds) -> Headers:
        """Return the headers by which a caller learns the ids of its request."""
        raise NotImplementedError
