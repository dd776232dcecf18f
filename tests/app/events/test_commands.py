"""Commands of the Zappa CLI, and events that are ignored by name."""

from __future__ import annotations

from collections.abc import Callable

from tests.support.aws_events import s3_test
from tests.support.door import Door


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
