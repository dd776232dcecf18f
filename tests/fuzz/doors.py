"""The doors that read text: options, HTTP requests, multipart forms and Lambda events."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote_to_bytes

import msgspec
from werkzeug.test import run_wsgi_app

from app import create_app, options
from app.core.config import Platform
from app.core.errors import InvalidParameter
from app.events import make_handler
from app.events.failure import InvocationFailed
from measurement.lambda_context import LambdaContext
from tests.fuzz.target import Check, OpenContainer, Target
from tests.support import aws_events, drawing, http_events
from tests.support.door import ON_LAMBDA

PHOTO = drawing.encoded(drawing.photo(12, 9), "JPEG")
BOUNDARY = b"x"
_UNAVAILABLE = (503, 504)


def targets() -> dict[str, Target]:
    """Return a target for each door."""
    return {
        "options": Target(_queries, lambda directory: _check_options),
        "http": Target(_requests, _open_http),
        "multipart": Target(_forms, _open_multipart),
        "events": Target(_events, _open_events),
    }


def _check_options(data: bytes) -> None:
    """Read options from a query; those that are right have one canonical text, which means the same options."""
    pairs = parse_qsl(data.decode(errors="surrogateescape"), keep_blank_values=True)
    try:
        found = options.parse(pairs, also=("url", "id"), presets={"a": (("width", "9"),)})
    except InvalidParameter as exc:
        msgspec.json.encode(exc.errors)
        return
    assert options.parse_canonical(found.canonical()) == found


def _queries() -> Sequence[bytes]:
    examples = [f"{name}={options.describe(name).example}".encode() for name in options.TYPES]
    return [*examples, b"w=9&h=9&fit=cover&gravity=attention", b"preset=a&fm=webp&q=3", b"width=+9&rotate=-0&dpr=1e0"]


def _open_http(directory: Path) -> Check:
    return _Http(directory).check


class _Http:
    """The app below a WSGI server that hands on whatever stands in a request."""

    def __init__(self, directory: Path) -> None:
        opened = OpenContainer(directory, platform=Platform())
        self._logged = opened.logged
        self._app = create_app(opened.container)

    def check(self, data: bytes) -> None:
        """Send one request: a line, headers, an empty line and a body."""
        head, _, body = data.partition(b"\n\n")
        line, *headers = head.split(b"\n")
        method, _, target = line.partition(b" ")
        self.send(method, target, [tuple(each.partition(b":")[::2]) for each in headers], body)

    def send(self, method: bytes, target: bytes, headers: Sequence[tuple[bytes, ...]], body: bytes) -> None:
        """Answer one request, and raise for an answer that shows a bug."""
        path, _, query = target.partition(b"?")
        environ: dict[str, Any] = {
            "REQUEST_METHOD": method.decode("latin-1") or "GET",
            "PATH_INFO": unquote_to_bytes(b"/" + path.lstrip(b"/")).decode("latin-1"),
            "QUERY_STRING": query.decode("latin-1"),
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": io.StringIO(),
        }
        for name, value in headers:
            key = name.decode("latin-1").strip().upper().replace("-", "_")
            prefix = "" if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else "HTTP_"
            environ[prefix + key] = value.decode("latin-1").strip()
        answer, status, found = run_wsgi_app(self._app.wsgi_app, environ, buffered=True)
        code = int(status.split()[0])
        content, log = b"".join(answer), self._logged()
        assert code < 500 or code in (502, *_UNAVAILABLE), content
        assert '"event":"bug"' not in log, log
        assert not any("\n" in value or "\r" in value for value in found.values())


def _requests() -> Sequence[bytes]:
    absent = b"0" * 32
    lines = [
        b"GET /", b"GET /docs", b"GET /status", b"GET /healthz", b"GET /images/" + absent, b"OPTIONS /upload",
        b"GET /images/" + absent + b"/original", b"DELETE /images/" + absent, b"GET /status/" + absent,
        b"GET /resize?url=http://127.0.0.1/&width=9", b"GET /resize?id=" + absent + b"&w=9&fm=auto&expires=9&s=a.b",
        b"GET /srcset?id=" + absent + b"&widths=9,99", b"GET /info?id=" + absent + b"&colors=1&exif=all",
    ]  # fmt: skip
    headers = b'\nAccept: text/html,*/*;q=0.8\nIf-None-Match: W/"a", *\nRange: bytes=0-9\nPrefer: respond-async'
    json_type, jpeg_type = b"\nContent-Type: application/json\n\n", b"\nContent-Type: image/jpeg\n\n"
    form_type = b"\nContent-Type: application/x-www-form-urlencoded\n\n"
    bodies = [
        b"POST /resize" + json_type + b'{"url": "http://a/", "width": 9, "rotate": -0.0, "pad": [1], "flip": true}',
        b"POST /resize?width=9" + jpeg_type + PHOTO,
        b"POST /resize?width=9\nPrefer: respond-async" + jpeg_type + PHOTO,
        b"POST /upload\nOrigin: http://localhost\nSec-Fetch-Site: same-origin" + jpeg_type + PHOTO,
        b"POST /upload/presign" + json_type + b'{"filename": "a", "content_type": "image/jpeg", "bytes": 9}',
        b"POST /upload/complete" + json_type + b'{"token": "YQ.00"}',
        b"POST /info?colors=1" + jpeg_type + PHOTO,
        b"POST /resize" + form_type + b"width=9&id=a",
    ]
    return [*lines, *(line + headers for line in lines), *bodies]


def _open_multipart(directory: Path) -> Check:
    http = _Http(directory)
    headers = [(b"Content-Type", b"multipart/form-data; boundary=" + BOUNDARY)]

    def check(data: bytes) -> None:
        for target in (b"/upload", b"/resize?width=9", b"/info", b"/upload/incoming?token="):
            http.send(b"POST", target, headers, data)

    return check


def _forms() -> Sequence[bytes]:
    file = b'Content-Disposition: form-data; name="file"; filename="a.jpg"\r\nContent-Type: image/jpeg\r\n\r\n' + PHOTO
    field = b'Content-Disposition: form-data; name="width"\r\n\r\n9'
    other = b"Content-Disposition: form-data; name=\"file\"; filename*=UTF-8''%e2%82%ac.jpg\r\n\r\n" + PHOTO
    parts = [[file], [file, field], [field, field], [file, other], [other]]
    return [b"".join(b"--x\r\n" + part + b"\r\n" for part in each) + b"--x--\r\n" for each in parts]


def _open_events(directory: Path) -> Check:
    opened = OpenContainer(directory, platform=ON_LAMBDA, public=True)
    handle: Callable[[Any, Any], Any] = make_handler(create_app(opened.container), opened.container)

    def check(data: bytes) -> None:
        try:
            event = json.loads(data)
        except (ValueError, RecursionError):
            return  # the runtime hands over JSON only
        with suppress(InvocationFailed):
            answer = handle(event, LambdaContext())
            json.dumps(answer, ensure_ascii=False).encode()
            status = answer.get("statusCode", answer.get("status"))
            assert not isinstance(status, int) or status < 500 or status in (502, *_UNAVAILABLE), answer
        log = opened.logged()
        assert '"event":"bug"' not in log, log

    return check


def _events() -> Sequence[bytes]:
    s3 = aws_events.notification()
    found: list[Any] = [
        http_events.rest("GET", "/resize", query="id=a&w=9"),
        http_events.rest("POST", "/upload", body=PHOTO),
        http_events.http_api("GET", "/info", query="id=a"),
        http_events.alb("GET", "/status"),
        s3, aws_events.in_sns(s3), aws_events.in_sqs(s3), aws_events.in_sqs(aws_events.sns_body(s3)),
        aws_events.eventbridge(), aws_events.s3_test(),
        {"url": "http://a/b.jpg", "width": 9}, {"metadata": {}, "data": {"id": "0" * 32, "width": 9}},
        {"key": "inbox/a.jpg", "format": "webp"}, {"job": "0" * 32}, {"command": "status"},
        {"command": "purge_derived"},
    ]  # fmt: skip
    return [json.dumps(event).encode() for event in found]
