"""Every event gets its answer and its one log line, and no JSON at all makes the handler raise."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.aws_events import keep_warm
from tests.support.door import Door
from tests.support.http_events import rest
from tests.support.watched_storage import WatchedStorage


@pytest.mark.parametrize(
    "event", [{"key": "inbox/\ud83d"}, {"url": "http://\ud83d/"}, {"id": "0" * 32, "\ud83d": 1}, {"warm": "\ud83d"}]
)
def test_no_answer_has_half_a_surrogate_pair(door: Callable[..., Door], event: Any) -> None:
    """JSON can hold one, UTF-8 cannot: Lambda's runtime would crash encoding the answer, as the door here does."""
    assert door()(event)


def test_each_invocation_is_one_log_line_without_the_event(door: Callable[..., Door]) -> None:
    here = door()
    for event in (
        keep_warm(),
        {"command": "status", "password": "hunter2"},
        rest("GET", "/healthz"),
        {"path": 1, "httpMethod": 2},
    ):
        here({**event, "secret": "hunter2"})
    lines = here.log()
    assert [line["event"] for line in lines] == ["invocation", "invocation", "request", "invocation"]
    assert "hunter2" not in json.dumps(lines)


def test_an_incomplete_http_event_gets_400(door: Callable[..., Door]) -> None:
    answer = door()({"path": 1, "httpMethod": "GET"})
    assert (answer["statusCode"], answer["body"]) == (400, "not a complete HTTP event\n")


def test_an_unexpected_error_is_answered_and_named_in_the_log(
    door: Callable[..., Door], watched: WatchedStorage
) -> None:
    """Raising would make Lambda retry what cannot work."""
    here = door(stored_in=watched)

    def fail(method: str, key: str) -> None:
        raise ZeroDivisionError

    watched.before = fail
    answer = here({"id": "0" * 32, "width": 40})
    assert (answer["status"], answer["code"]) == (400, "invalid_event")
    assert here.log()[-1]["error"] == "ZeroDivisionError"


NAMES = st.sampled_from(
    ["httpMethod", "path", "headers", "body", "isBase64Encoded", "version", "requestContext", "http", "elb", "Records",
     "Sns", "Message", "s3", "bucket", "object", "name", "messageId", "purge", "kwargs",
     "eventSource", "source", "detail-type", "warm", "job", "command", "url", "id", "key", "data", "metadata",
     "rawPath", "rawQueryString", "multiValueHeaders", "queryStringParameters", "pathParameters", "proxy", "identity",
     "stage", "method", "sourceIp", "width", "resource"]
)  # fmt: skip
WORDS = st.sampled_from(
    [
        "2.0",
        "GET",
        "/",
        "/resize",
        "aws:s3",
        "aws:sqs",
        "aws.s3",
        "aws.events",
        "127.0.0.1",
        "HTTP/1.1",
        "status",
        "\ud83d",
    ]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | WORDS | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES | st.text(max_size=8), inner, max_size=6),
    max_leaves=20,
)


@given(event=JSON)
@settings(max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_json_at_all_makes_the_handler_raise(shared_door: Door, event: Any) -> None:
    before = len(shared_door.log())
    answer = shared_door(event)
    assert isinstance(answer, dict)
    lines = [line for line in shared_door.log()[before:] if line["event"] in ("invocation", "request")]
    assert len(lines) == 1


@pytest.fixture
def shared_door(door: Callable[..., Door]) -> Door:
    return door()
