"""Invocations that bypass the gateway, because an outcome says more than an HTTP response."""

from __future__ import annotations

from typing import Any

import msgspec

from lab.account.app_settings import with_invoke_api
from lab.account.function import Function
from lab.containers.outcomes import Outcome
from lab.gateway.rest import RestApi
from lab.http.server import Request, Response
from lab.local_lambda import LocalLambda


def invoke(lab: LocalLambda, name: str, event: object, qualifier: str = "", *, request_id: str = "") -> Outcome:
    """Run one event, any JSON value or its bytes, on a function; raise TooLarge or Throttled."""
    data = event if isinstance(event, bytes) else msgspec.json.encode(event)
    return lab.fleet.invoke(lab.functions.for_invocation(name, qualifier), data, request_id=request_id)


def result(outcome: Outcome) -> Any:
    """Return the function's result; raise RuntimeError when it failed."""
    if outcome.error_type:
        raise RuntimeError(f"expected a result, received {outcome.error_type}: {outcome.payload[:300]!r}")
    return msgspec.json.decode(outcome.payload)


def http_event(method: str, target: str, body: bytes = b"", **headers: str) -> bytes:
    """Return the REST event of a request; write header names with underscores."""
    named = tuple((name.replace("_", "-"), text) for name, text in {"Host": "127.0.0.1", **headers}.items())
    rest = RestApi()
    request = Request(method=method, target=rest.prefix + target, headers=named, body=body)
    return msgspec.json.encode(rest.event(request))


def http_response(outcome: Outcome) -> Response:
    """Return the HTTP response that an outcome describes; raise RuntimeError when the function failed."""
    result(outcome)
    return RestApi().response(outcome.payload)


def stored_id(outcome: Outcome) -> str:
    """Return the id of the image that ``POST /upload`` has stored; raise RuntimeError when the function failed."""
    stored = msgspec.json.decode(http_response(outcome).body)
    found: str = stored["images"][0]["id"]
    return found


def add_function(lab: LocalLambda, function: Function) -> Function:
    """Deploy a function that can invoke functions itself: its environment has the URL of the Invoke API."""
    deployed = with_invoke_api(function, lab.invoke_url)
    lab.functions.add(deployed)
    return deployed
