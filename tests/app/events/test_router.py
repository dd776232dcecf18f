"""Every kind of event gets its answer, and no JSON at all makes the handler raise."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.events.classify import Kind, classify
from app.events.schedule import keep_warm as hold
from tests.app.events.conftest import Door
from tests.support.drawing import encoded, photo
from tests.support.event_shapes import (
    Context,
    alb,
    eventbridge,
    http_api,
    in_sns,
    in_sqs,
    keep_warm,
    notification,
    rest,
    s3_test,
)

JPEG = encoded(photo(320, 240), "JPEG")
KINDS: list[tuple[Any, Kind]] = [
    (rest("GET", "/"), Kind.REST),
    (http_api("GET", "/"), Kind.HTTP_API),
    (alb("GET", "/"), Kind.ALB),
    (alb("GET", "/", multi=True), Kind.ALB),
    (notification(), Kind.S3),
    (in_sns(notification()), Kind.S3_IN_SNS),
    (in_sqs(notification()), Kind.S3_IN_SQS),
    (eventbridge(), Kind.S3_IN_EVENTBRIDGE),
    (s3_test(), Kind.S3_TEST),
    (keep_warm(), Kind.SCHEDULE),
    ({"warm": 3}, Kind.WARM),
    ({"purge": "derived"}, Kind.PURGE),
    ({**keep_warm(), "kwargs": {"purge": "derived"}}, Kind.PURGE),
    ({"job": "0" * 32}, Kind.JOB),
    ({"command": "status"}, Kind.COMMAND),
    ({"raw_command": "print(1)"}, Kind.COMMAND),
    ({"manage": "migrate"}, Kind.COMMAND),
    ({"id": "0" * 32, "width": 10}, Kind.DIRECT),
    ({"metadata": {}, "data": {"url": "https://example.com/a.jpg"}}, Kind.DIRECT),
    ({"Records": [{"eventSource": "aws:dynamodb"}]}, Kind.UNKNOWN),
    ({}, Kind.UNKNOWN),
    (None, Kind.UNKNOWN),
    ([1], Kind.UNKNOWN),
]


@pytest.mark.parametrize(("event", "kind"), KINDS, ids=[f"{kind}-{i}" for i, (_, kind) in enumerate(KINDS)])
def test_the_shape_tells_the_kind(event: Any, kind: Kind) -> None:
    assert classify(event) is kind


def test_every_kind_is_in_the_table() -> None:
    assert {kind for _, kind in KINDS} == set(Kind)


def test_every_kind_is_in_the_docs() -> None:
    page = (Path(__file__).parents[3] / "docs" / "events.md").read_text().partition("\n## ")[0]
    table = [line.split(" | ")[0] for line in page.splitlines() if line.startswith("| `")]
    assert {kind for line in table for kind in re.findall(r"`(\w+)`", line)} == set(Kind)


def test_a_ping_holds_the_container_and_does_nothing_else(door: Callable[..., Door]) -> None:
    here, slept = door(), []
    answer = hold(here.container, keep_warm(), Context(), sleep=slept.append)
    assert slept == [0.075]
    assert answer["container"] == here.container.id


def test_a_ping_pays_for_the_cold_start(door: Callable[..., Door]) -> None:
    here = door()
    assert here(keep_warm())["cold"] is True
    assert here(keep_warm())["cold"] is False
    assert here.http(rest("GET", "/healthz")).headers["x-cold-start"] == ["0"]


@pytest.mark.parametrize("wrap", [lambda asked: asked, lambda asked: {"metadata": {"trace": 1}, "data": asked}])
def test_a_direct_invocation_resizes_and_describes(door: Callable[..., Door], wrap: Callable[[Any], Any]) -> None:
    here = door(public=False)
    here.container.backends.storage.put("inbox/a b.jpg", JPEG, media_type="image/jpeg")
    answer = here(wrap({"key": "inbox/a b.jpg", "width": 100, "format": "png"}))
    assert (answer["status"], answer["code"]) == (200, 0)
    assert (answer["data"]["width"], answer["data"]["height"], answer["data"]["format"]) == (100, 75, "png")
    again = here(wrap({"id": answer["data"]["id"], "width": 50}))
    assert again["data"]["width"] == 50


DIRECT_ERRORS = [
    ({"id": "0" * 32}, 404, "not_found"),
    ({"id": "0" * 32, "width": "abc", "hight": 3}, 400, "invalid_parameter"),
    ({"id": "0" * 32, "url": "https://example.com"}, 400, "invalid_parameter"),
    ({"key": "originals/" + "0" * 32}, 404, "not_found"),
    ({"key": "inbox/../originals/" + "0" * 32}, 404, "not_found"),
    ({"url": "http://169.254.169.254/latest/meta-data"}, 403, "source_blocked"),
    ({"url": "file:///etc/passwd"}, 400, "invalid_parameter"),
]


@pytest.mark.parametrize(("event", "status", "code"), DIRECT_ERRORS)
def test_direct_errors_have_the_codes_of_http(door: Callable[..., Door], event: Any, status: int, code: str) -> None:
    answer = door()(event)
    assert (answer["status"], answer["code"]) == (status, code)
    assert answer["message"]


@pytest.mark.parametrize(
    "event", [{"key": "inbox/\ud83d"}, {"url": "http://\ud83d/"}, {"id": "0" * 32, "\ud83d": 1}, {"warm": "\ud83d"}]
)
def test_half_a_character_does_not_come_back(door: Callable[..., Door], event: Any) -> None:
    """JSON may hold one, UTF-8 may not; the door encodes every answer as the runtime does, which would die of it."""
    assert door()(event)


def test_code_sent_by_invocation_is_refused_in_words(door: Callable[..., Door]) -> None:
    for event in ({"raw_command": "import os"}, {"manage": "shell"}, {"command": "app.service.delete"}):
        answer = door()(event)
        assert answer["status"] == 400
        assert "status" in answer["message"]
    assert door()({"command": "status"})["status"] == "ok"


def test_what_is_not_served_is_named(door: Callable[..., Door]) -> None:
    here = door()
    assert here({"Records": [{"eventSource": "aws:dynamodb"}]}) == {"ignored": "unknown"}
    assert here(s3_test()) == {"ignored": "s3_test"}


def test_each_invocation_is_one_line_without_the_event(door: Callable[..., Door]) -> None:
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
