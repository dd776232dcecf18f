"""The app with a route that echoes the body, and with the times of the steps on the way to it."""

from __future__ import annotations

import time
from collections.abc import Callable
from io import BytesIO
from typing import Any

import msgspec
from awslambdaric.lambda_runtime_marshaller import LambdaMarshaller  # type: ignore[import-untyped]
from flask import Response, request

import wsgi

app = wsgi.app
app.add_url_rule(
    "/lab/echo", "echo", lambda: Response(request.get_data(), mimetype="application/octet-stream"), methods=["POST"]
)


def handler(event: dict[str, Any], context: Any) -> Any:
    """Respond to an HTTP event, or return the milliseconds that each step of responding to ``measure`` takes."""
    if "measure" not in event:
        return wsgi.handler(event, context)
    steps = _steps(event["measure"], context)
    times: dict[str, list[float]] = {name: [] for name in steps}
    for _ in range(event["rounds"]):
        for name, step in steps.items():
            began = time.perf_counter()
            step()
            times[name].append(1000 * (time.perf_counter() - began))
    return times


def _steps(event: dict[str, Any], context: Any) -> dict[str, Callable[[], object]]:
    marshaller = LambdaMarshaller()
    text = msgspec.json.encode(event)
    response = wsgi.handler(event, context)
    body = msgspec.convert(event["body"], bytes)
    return {
        "handler": lambda: wsgi.handler(event, context),
        "direct": _direct(event, body, context),
        "base64": lambda: (msgspec.convert(event["body"], bytes), msgspec.to_builtins(body)),
        "JSON": lambda: (
            marshaller.unmarshal_request(text, "application/json"),
            marshaller.marshal_response(response),
        ),
    }


def _direct(event: dict[str, Any], body: bytes, context: Any) -> Callable[[], bytes]:
    """Return a call of the WSGI app with the environ that the handler makes of the event."""
    seen: list[dict[str, Any]] = []
    inner = app.wsgi_app

    def spy(environ: dict[str, Any], start_response: Any) -> Any:
        seen.append(dict(environ))
        return inner(environ, start_response)

    app.wsgi_app = spy  # type: ignore[method-assign]
    wsgi.handler(event, context)
    app.wsgi_app = inner  # type: ignore[method-assign]

    def call() -> bytes:
        chunks = inner({**seen[0], "wsgi.input": BytesIO(body)}, lambda status, headers, *rest: lambda data: None)
        try:
            return b"".join(chunks)
        finally:
            close = getattr(chunks, "close", None)
            if close:
                close()

    return call
