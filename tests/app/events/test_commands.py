"""Commands of the Zappa CLI, and events that are ignored by name."""

from __future__ import annotations

from collections.abc import Callable

from tests.support.aws_events import s3_test
from tests.support.door import Door


def test_code_is_refused_with_an_explanation(door: Callable[..., Door]) -> None:
    for event in ({"raw_command": "import os"}, {"manage": "shell"}, {"command": "app.service.delete"}):
        answer = door()(event)
        assert answer["status"] == 400
        assert "status" in answer["message"]
    assert door()({"command": "status"})["status"] == "ok"


def test_other_events_are_ignored_by_name(door: Callable[..., Door]) -> None:
    here = door()
    assert here({"Records": [{"eventSource": "aws:dynamodb"}]}) == {"ignored": "unknown"}
    assert here(s3_test()) == {"ignored": "s3_test"}
