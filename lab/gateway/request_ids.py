"""The ids under which a gateway knows a request: the event and the response have the same ones."""

from __future__ import annotations

import base64
import secrets
from uuid import uuid4

import msgspec

from lab.containers.trace import HEADER, trace_header
from lab.http.server import Request


class RequestIds(msgspec.Struct, frozen=True, kw_only=True):
    """The ids of one request.

    ``short_id`` is an HTTP API's request id and a REST API's extended one; ``trace`` is the header X-Amzn-Trace-Id.
    """

    request_id: str
    short_id: str
    trace: str


def new_ids(request: Request | None = None) -> RequestIds:
    """Return new ids, and the trace header of the request, which is new as well when the caller began none."""
    return RequestIds(
        request_id=str(uuid4()),
        short_id=base64.b64encode(secrets.token_bytes(11)).decode(),
        trace=trace_header(request.header(HEADER) if request else ""),
    )
