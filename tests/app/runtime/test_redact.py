"""What is cut from logs; tests/live/attacks looks at those of real servers."""

from __future__ import annotations

import io
import json
import logging

import pytest

from app.runtime.log import Log
from app.runtime.redact import RedactQueries, queries

SECRET = "s3cr3t"


@pytest.mark.parametrize(
    ("message", "logged"),
    [
        (f'127.0.0.1 "GET /resize?id=1&s={SECRET} HTTP/1.1" 200 -', '127.0.0.1 "GET /resize?…" 200 -'),
        (f'"GET /resize?a b&s={SECRET} x HTTP/1.1" 400 -', '"GET /resize?…" 400 -'),
        (
            f"code 400, message Bad request syntax ('GET /?s={SECRET} \n x')",
            "code 400, message Bad request syntax ('GET /?…",
        ),
        (f"Error handling request /resize?s={SECRET}", "Error handling request /resize?…"),
        ('"GET /healthz HTTP/1.1" 200 -', '"GET /healthz HTTP/1.1" 200 -'),
    ],
)
def test_a_message_of_a_server_ends_at_its_query(message: str, logged: str) -> None:
    record = logging.LogRecord("werkzeug", logging.INFO, "", 1, "%s", (message,), None)
    assert RedactQueries().filter(record)
    assert record.getMessage() == logged


def test_a_trace_shows_no_query_of_a_source() -> None:
    stream = io.StringIO()
    Log("info", stream=stream).bug(ValueError(f"no answer from https://b.s3.example/a.jpg?X-Amz-Signature={SECRET}"))
    trace = json.loads(stream.getvalue())["trace"]
    assert SECRET not in trace
    assert trace.endswith("https://b.s3.example/a.jpg?…\n")
    assert queries("is it? yes") == "is it? yes"
