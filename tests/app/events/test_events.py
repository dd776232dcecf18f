"""Every event gets its answer and its one log line, and no JSON at all makes the handler raise."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from flask import Response
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.events.failure import InvocationFailed
from tests.support.aws_events import keep_warm
from tests.support.door import Door
from tests.support.drawing import encoded, photo
from tests.support.http_events import alb, authorizers, http_api, rest
from tests.support.watched_storage import WatchedStorage

JPEG = encoded(photo(64, 48), "JPEG")


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
    answer = door().http({"path": 1, "httpMethod": "GET"})
    assert answer.headers["content-type"] == ["application/problem+json"]
    assert (answer.status, answer.json["code"]) == (400, "invalid_parameter")
    assert answer.json["errors"][0]["parameter"] == "event"


class Broken:
    """A door whose storage has a bug."""

    def __init__(self, door: Callable[..., Door], watched: WatchedStorage) -> None:
        self.door = door(stored_in=watched)
        watched.before = self._fail

    def _fail(self, method: str, key: str) -> None:
        raise ZeroDivisionError("in the storage")

    def bugs(self) -> list[dict[str, Any]]:
        return [line for line in self.door.log() if line["event"] == "bug"]


@pytest.fixture
def broken(door: Callable[..., Door], watched: WatchedStorage) -> Broken:
    return Broken(door, watched)


def test_a_bug_is_answered_as_one_to_whoever_waits_for_an_answer(broken: Broken) -> None:
    answer = broken.door({"id": "0" * 32, "width": 40})
    assert (answer["status"], answer["code"]) == (500, "internal_error")
    assert "Traceback" in broken.bugs()[0]["trace"]
    assert (broken.door.log()[-1]["status"], broken.door.log()[-1]["error"]) == (500, "ZeroDivisionError")


def test_a_bug_fails_the_invocation_where_the_sender_tries_again(broken: Broken) -> None:
    for event in ({"purge": "derived"}, {**keep_warm(), "kwargs": {"purge": "derived"}}):
        with pytest.raises(InvocationFailed, match="ZeroDivisionError"):
            broken.door(event)
    assert len(broken.bugs()) == 2


def test_a_bug_behind_the_app_is_a_500_of_the_gateway_s_format(door: Callable[..., Door]) -> None:
    """Flask answers for what raises in a view; this text is no UTF-8, and raises when it is put into JSON."""
    here = door()
    here.app.add_url_rule("/broken", "broken", lambda: Response(b"\xff", mimetype="text/plain"))
    for build in (rest, http_api, alb, partial(alb, multi=True)):
        answer = here.http(build("GET", "/broken"))
        assert (answer.status, answer.json["code"]) == (500, "internal_error")
        assert answer.headers["content-type"] == ["application/problem+json"]
    assert [line["event"] for line in here.log()] == ["request", "bug", "invocation"] * 4


def test_an_authorizer_s_question_is_not_the_request_itself(door: Callable[..., Door]) -> None:
    """It holds a whole request that would delete the image; an answer without a policy lets nobody in."""
    here = door()
    image = here.http(rest("POST", "/upload", body=JPEG)).json["images"][0]
    for event in authorizers("DELETE", f"/images/{image['id']}"):
        assert here(event) == {"ignored": "authorizer"}
    assert here.http(rest("GET", f"/images/{image['id']}")).status == 200


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
    lines = [line for line in shared_door.log()[before:] if line["event"] in ("invocation", "request", "bug")]
    assert [line["event"] for line in lines] in (["invocation"], ["request"])


@pytest.fixture
def shared_door(door: Callable[..., Door]) -> Door:
    return door()
