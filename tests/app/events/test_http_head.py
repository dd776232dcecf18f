"""The head of an event is counted before anything is made of it, at next to no cost for an ordinary one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from app.events.http_head import bounded
from tests.support.door import Door
from tests.support.http_events import Event, alb, http_api, rest

MIB = 1024 * 1024
LARGE: dict[str, Event] = {
    "path": rest("GET", "/" + "x" * MIB),
    "rawPath": http_api("GET", "/" + "x" * MIB),
    "rawQueryString": http_api("GET", "/resize", query="a=" + "%41" * MIB),
    "proxy": {**rest("GET", "/resize"), "pathParameters": {"proxy": "%41" * MIB}},
    "query": rest("GET", "/resize", query="id=" + "x" * MIB),
    "many parameters": rest("GET", "/resize", query="&".join(f"a{number}=" for number in range(20_000))),
    "one parameter many times": rest("GET", "/resize", query="a=&" * 20_000),
    "query of a load balancer": alb("GET", "/resize", query="id=" + "x" * MIB),
    "many headers": rest("GET", "/", headers={f"X-{number}": "" for number in range(20_000)}),
    "many headers of version 2.0": http_api("GET", "/", headers={f"X-{number}": "" for number in range(20_000)}),
    "many cookies": http_api("GET", "/", cookies=["a=1"] * 20_000),
}


@pytest.mark.parametrize("event", LARGE.values(), ids=LARGE)
def test_a_head_that_is_too_large_is_left_out(door: Callable[..., Door], event: Event) -> None:
    smaller, is_cut = bounded(event)
    assert is_cut
    assert len(str({**smaller, "resource": "", "body": ""})) < 4096
    answer = door().http(event)
    assert (answer.status, answer.json["code"]) == (431, "headers_too_large")
    asked = event.get("path") or event["rawPath"]
    assert answer.headers.get("access-control-allow-origin") == (["*"] if asked == "/resize" else None)


def test_one_long_header_is_refused_later(door: Callable[..., Door]) -> None:
    """Converting it costs nothing, so it is not counted here."""
    for build in (rest, http_api, alb):
        event = build("GET", "/", headers={"X-Long": "x" * MIB})
        assert bounded(event) == (event, False)
        assert door().http(event).status == 431


@pytest.mark.parametrize("build", [rest, http_api, alb])
def test_an_ordinary_event_is_passed_on_as_it_is(build: Callable[..., Any]) -> None:
    event = build("GET", "/resize", query="url=https%3A%2F%2Fexample.com%2F" + "x" * 8000)
    assert bounded(event)[0] is event


def test_a_long_prefix_and_a_long_cookie_are_refused(door: Callable[..., Door]) -> None:
    for event in (rest("GET", "/status", prefix="/" + "a" * 300_000), http_api("GET", "/", cookies=["a=" + "b" * MIB])):
        answer = door().http(event)
        assert (answer.status, answer.json["code"]) in ((431, "headers_too_large"), (414, "uri_too_long"))
        assert len(answer.body) < 1000
