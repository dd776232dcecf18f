"""The worker of the handler experiment: ``python -m bench.handler.worker``, with our package on PYTHONPATH.

Reads one command a line and answers each with one line of JSON. Every case is called in three ways: through our
handler, through plain apig-wsgi, and as a WSGI app with the environ that our handler made of the event.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any

from bench.handler.events import Event, http_event, rest_event
from measurement.lambda_context import LambdaContext

PAYLOAD_VERSIONS = {"v1": rest_event, "v2": http_event}
TEXT_BYTES, IMAGE_BYTES, UPLOAD_BYTES = 1024, 500_000, 1_000_000
Calls = dict[str, Callable[[], Any]]


def cases(app: Any, handler: Any) -> Iterator[tuple[str, Calls]]:
    """Add the routes that only this worker has, then yield the calls of each case by its name, each tried once."""
    _add_routes(app)
    query = _store_image(handler)
    for version, event in PAYLOAD_VERSIONS.items():
        body = os.urandom(UPLOAD_BYTES)
        yield f"{version}, 1 KB answer", _calls(app, handler, event("GET", "/bench/text"), size=TEXT_BYTES)
        yield f"{version}, 500 KB image", _calls(app, handler, event("GET", "/resize", query=query), size=IMAGE_BYTES)
        upload = event("POST", "/bench/sink", body=body, content_type="application/octet-stream")
        yield f"{version}, 1 MB upload", _calls(app, handler, upload, body, size=len(str(UPLOAD_BYTES)))


def _add_routes(app: Any) -> None:
    from flask import Response, request

    def sink() -> Response:
        return Response(str(len(request.get_data())), mimetype="text/plain")

    text = json.dumps({"text": ""}).replace('""', '"' + "x" * (TEXT_BYTES - len('{"text": ""}')) + '"')
    app.add_url_rule("/bench/text", "bench_text", lambda: Response(text, mimetype="application/json"))
    app.add_url_rule("/bench/sink", "bench_sink", sink, methods=["POST"])


def _store_image(handler: Any) -> dict[str, str]:
    """Upload noise that is 500 KB as PNG, and return a query whose result is then in the container's memory."""
    from PIL import Image

    out = BytesIO()
    Image.frombytes("RGB", (408, 408), os.urandom(408 * 408 * 3)).save(out, "PNG")
    upload = rest_event("POST", "/upload", body=out.getvalue(), content_type="image/png")
    response = handler(upload, LambdaContext())
    query = {"id": json.loads(response["body"])["images"][0]["id"], "format": "png"}
    resize = rest_event("GET", "/resize", query=query)
    handler(resize, LambdaContext())
    again = handler(resize, LambdaContext())
    if again["multiValueHeaders"].get("X-Cache") != ["memory"]:
        raise RuntimeError(f"expected a result from memory, received {str(again)[:300]}")
    return query


def _calls(app: Any, handler: Any, event: Event, body: bytes = b"", *, size: int) -> Calls:
    """Return the three ways to send ``event``; raise RuntimeError unless the response is about ``size`` bytes."""
    from apig_wsgi import make_lambda_handler

    context = LambdaContext()
    plain = make_lambda_handler(app.wsgi_app, binary_support=True)
    direct = _direct_call(app, handler, event, body)
    received = len(direct())
    if abs(received - size) > size // 100:
        raise RuntimeError(f"expected about {size} bytes, received {received}")
    return {"direct": direct, "ours": lambda: handler(event, context), "plain": lambda: plain(event, context)}


def _direct_call(app: Any, handler: Any, event: Event, body: bytes) -> Callable[[], bytes]:
    """Return the same request as a call of the WSGI app alone."""
    environs: list[dict[str, Any]] = []
    wsgi_app = app.wsgi_app

    def recorder(environ: dict[str, Any], start_response: Any) -> Any:
        environs.append(dict(environ))
        return wsgi_app(environ, start_response)

    app.wsgi_app = recorder
    handler(event, LambdaContext())
    app.wsgi_app = wsgi_app

    def call() -> bytes:
        chunks = wsgi_app({**environs[0], "wsgi.input": BytesIO(body)}, lambda status, headers, *rest: None)
        try:
            return b"".join(chunks)
        finally:
            chunks.close()

    return call


def main() -> None:
    """Answer ``loop CASE:CALL:COUNT`` with the CPU seconds of that many calls, until standard input ends."""
    from wsgi import app, handler

    calls = dict(cases(app, handler))
    for line in sys.stdin:
        case, way, count = line.rstrip("\n").partition(" ")[2].split(":")
        call = calls[case][way]
        start = time.process_time()
        for _ in range(int(count)):
            call()
        print(json.dumps({"cpu_s": time.process_time() - start}), flush=True)


if __name__ == "__main__":
    main()
