"""What a request leaves in the log: one line when it is answered, and at level debug one when it begins."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.container import Container
from app.runtime.telemetry import Log


@pytest.fixture
def written(
    client: Callable[..., FlaskClient], make_container: Callable[..., Container]
) -> Callable[[str, str], list[dict[str, Any]]]:
    """Ask for a path and return the lines that a level leaves of it."""

    def ask(level: str, path: str) -> list[dict[str, Any]]:
        stream = io.StringIO()
        client(make_container(log=Log(level, stream=stream))).get(path)
        return [json.loads(line) for line in stream.getvalue().splitlines()]

    return ask


def test_an_answered_request_is_one_line(written: Callable[[str, str], list[dict[str, Any]]]) -> None:
    lines = written("info", "/healthz")
    assert [(line["event"], line["route"], line["status"]) for line in lines] == [("request", "GET /healthz", 200)]


def test_at_debug_the_route_is_told_before_anything_can_go_wrong(
    written: Callable[[str, str], list[dict[str, Any]]],
) -> None:
    begin, request = written("debug", "/images/0?secret=1")
    assert (begin["event"], begin["level"], begin["route"]) == ("begin", "debug", "GET /images/<image_id>")
    assert set(begin) == {"level", "event", "request_id", "container", "route"}
    assert begin["request_id"] == request["request_id"]
