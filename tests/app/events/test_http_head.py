from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from app.events.http_head import bounded
from tests.support.door import Door
from tests.support.http_events import alb, http_api, rest

LARGE = [
    rest("GET", "/status", query="&".join(f"a{i}=1" for i in range(10_000))),
    rest("GET", "/status", headers={f"X-{i}": "y" for i in range(10_000)}),
    rest("GET", "/" + "a/" * 100_000),
    rest("GET", "/status", prefix="/" + "a" * 300_000),
    http_api("GET", "/status", query="a" * 300_000),
    http_api("GET", "/status", cookies=["a=b"] * 10_000),
    http_api("GET", "/status", headers={"X-A": "a" * 300_000}),
    alb("GET", "/status", headers={"X-A": "a" * 300_000}),
    alb("GET", "/status", query="a=" + "b" * 300_000, multi=True),
]


@pytest.mark.parametrize("event", LARGE)
def test_a_large_head_is_refused_before_anything_is_made_of_it(door: Callable[..., Door], event: Any) -> None:
    assert bounded(event)[1]
    answer = door().http(event)
    assert (answer.status, answer.json["code"]) == (431, "headers_too_large")
    assert len(answer.body) < 1000
    assert answer.headers["x-request-id"]


@pytest.mark.parametrize("event", [rest("GET", "/status", query="a=" + "b" * 30_000), alb("GET", "/"), {}])
def test_any_other_event_stays_as_it_is(event: Any) -> None:
    assert bounded(event) == (event, False)
