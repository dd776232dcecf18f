"""The process of the handler experiment: ``python -m bench.handler_worker``, with our package on PYTHONPATH.

One command a line in, one line of JSON out. Every case is called three ways: through our handler, through
plain apig-wsgi, and as a WSGI app with the very environ that our handler made of the event.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any

from bench.events import Context, Event, v1, v2

DOORS = {"v1": v1, "v2": v2}
TEXT_BYTES, IMAGE_BYTES, UPLOAD_BYTES = 1024, 500_000, 1_000_000
Call = Callable[[], Any]
Calls = dict[str, Call]


def cases(app: Any, handler: Any) -> Iterator[tuple[str, Calls]]:
    """Yield each case by name, checked once; the routes that only the bench has are added first."""
    _add_routes(app)
    image = _store_image(handler)
    for door, make in DOORS.items():
        upload = os.urandom(UPLOAD_BYTES)
        yield f"{door}, 1 KB answer", _calls(app, handler, make("GET", "/bench/text"), expected=TEXT_BYTES)
        yield f"{door}, 500 KB image", _calls(app, handler, make("GET", "/resize", query=image), expected=IMAGE_BYTES)
        event = make("POST", "/bench/sink", body=upload, kind="application/octet-stream")
        yield f"{door}, 1 MB upload", _calls(app, handler, event, upload, expected=len(str(UPLOAD_BYTES)))


def _add_routes(app: Any) -> None:
    from flask import Response, request

    text = json.dumps({"text": ""}).replace('""', '"' + "x" * (TEXT_BYTES - len('{"text": ""}')) + '"')
    app.add_url_rule("/bench/text", "bench_text", lambda: Response(text, mimetype="application/json"))
    sink = lambda: Response(str(len(request.get_data())), mimetype="text/plain")  # noqa: E731
    app.add_url_rule("/bench/sink", "bench_sink", sink, methods=["POST"])


def _store_image(handler: Any) -> dict[str, str]:
    """Upload noise that stays 500 KB as PNG, and return the query whose result the container then remembers."""
    from PIL import Image

    out = BytesIO()
    Image.frombytes("RGB", (408, 408), os.urandom(408 * 408 * 3)).save(out, "PNG")
    answer = handler(v1("POST", "/upload", body=out.getvalue(), kind="image/png"), Context())
    query = {"id": json.loads(answer["body"])["images"][0]["id"], "format": "png"}
    handler(v1("GET", "/resize", query=query), Context())
    again = handler(v1("GET", "/resize", query=query), Context())
    if again["multiValueHeaders"].get("X-Cache") != ["memory"]:
        raise RuntimeError(f"expected a result from memory, received {str(again)[:300]}")
    return query


def _calls(app: Any, handler: Any, event: Event, body: bytes = b"", *, expected: int) -> Calls:
    from apig_wsgi import make_lambda_handler

    context = Context()
    plain = make_lambda_handler(app.wsgi_app, binary_support=True)
    direct = _direct(app, handler, event, body)
    received = len(direct())
    if abs(received - expected) > expected // 100:
        raise RuntimeError(f"expected about {expected} bytes, received {received}")
    return {"direct": direct, "ours": lambda: handler(event, context), "plain": lambda: plain(event, context)}


def _direct(app: Any, handler: Any, event: Event, body: bytes) -> Callable[[], bytes]:
    """Return the same request without a door around it."""
    seen: list[dict[str, Any]] = []
    inner = app.wsgi_app

    def spy(environ: dict[str, Any], start_response: Any) -> Any:
        seen.append(dict(environ))
        return inner(environ, start_response)

    app.wsgi_app = spy
    handler(event, Context())
    app.wsgi_app = inner

    def call() -> bytes:
        chunks = inner({**seen[0], "wsgi.input": BytesIO(body)}, lambda status, headers, *rest: None)
        try:
            return b"".join(chunks)
        finally:
            chunks.close()

    return call


def main() -> None:
    """Answer ``loop CASE:WAY:COUNT`` with the CPU seconds of so many calls, until the input ends."""
    from wsgi import app, handler

    known = dict(cases(app, handler))
    for line in sys.stdin:
        case, way, count = line.rstrip("\n").partition(" ")[2].split(":")
        call = known[case][way]
        begun = time.process_time()
        for _ in range(int(count)):
            call()
        print(json.dumps({"cpu_s": time.process_time() - begun}), flush=True)


if __name__ == "__main__":
    main()
