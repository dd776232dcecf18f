"""The kind of an event, from its shape."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from app.events.classify import Kind, classify
from tests.support.aws_events import eventbridge, in_sns, in_sqs, keep_warm, notification, s3_test
from tests.support.http_events import alb, authorizers, function_url, http_api, http_api_1, rest

KINDS: list[tuple[Any, Kind]] = [
    (rest("GET", "/"), Kind.REST),
    (http_api("GET", "/"), Kind.HTTP_API),
    (http_api_1("GET", "/"), Kind.HTTP_API),
    (function_url("GET", "/"), Kind.FUNCTION_URL),
    (alb("GET", "/"), Kind.ALB),
    (alb("GET", "/", multi=True), Kind.ALB),
    (notification(), Kind.S3),
    (in_sns(notification()), Kind.S3_IN_SNS),
    (in_sqs(notification()), Kind.S3_IN_SQS),
    (eventbridge(), Kind.S3_IN_EVENTBRIDGE),
    (s3_test(), Kind.S3_TEST),
    (keep_warm(), Kind.SCHEDULE),
    ({"warm": 3}, Kind.WARM),
    *((event, Kind.AUTHORIZER) for event in authorizers("DELETE", "/images/0")),
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
def test_the_shape_decides_the_kind(event: Any, kind: Kind) -> None:
    assert classify(event) is kind


def test_every_kind_is_in_the_table() -> None:
    assert {kind for _, kind in KINDS} == set(Kind)


def test_every_kind_is_in_the_docs() -> None:
    page = (Path(__file__).parents[3] / "docs" / "events.md").read_text().partition("\n## ")[0]
    table = [line.split(" | ")[0] for line in page.splitlines() if line.startswith("| `")]
    assert {kind for line in table for kind in re.findall(r"`(\w+)`", line)} == set(Kind)
