"""``MONOLAMBDA_SOURCE_HOSTS`` at every door that fetches: no key, job or invocation gets past it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest

from tests.support.door import Door
from tests.support.http_client import KEY_HASH, KEYED
from tests.support.http_events import rest
from tests.support.origin import Origin, ok, redirect

JSON = {**KEYED, "Content-Type": "application/json"}
FORM = {**KEYED, "Content-Type": "multipart/form-data; boundary=B"}
PART = b'--B\r\nContent-Disposition: form-data; name="url"\r\n\r\n%s\r\n--B--\r\n'


def ask(here: Door, method: str, path: str, **given: Any) -> tuple[int, str]:
    answer = here.http(rest(method, path, **given))
    return answer.status, answer.json["code"] if answer.status >= 400 else ""


def directly(here: Door, url: str) -> tuple[int, str]:
    answer = here({"url": url, "width": 40})
    return answer["status"], str(answer["code"] or "")


def deferred(here: Door, url: str) -> tuple[int, str]:
    """Ask for a job and run it; what it ends with is the answer, if it begins at all."""
    body = json.dumps({"url": url, "width": 40}).encode()
    answer = here.http(rest("POST", "/resize", headers={**JSON, "Prefer": "respond-async"}, body=body))
    if answer.status != 202:
        return answer.status, answer.json["code"]
    (event,) = here.invocations.events
    here(event)
    state = here.http(rest("GET", f"/status/{event['job']}", headers=KEYED)).json
    return (200, "") if state["status"] == "done" else (state["problem"]["status"], state["problem"]["code"])


DOORS: dict[str, Callable[[Door, str], tuple[int, str]]] = {
    "GET /resize": lambda here, url: ask(here, "GET", "/resize", query=f"w=40&url={quote(url, '')}", headers=KEYED),
    "POST /resize": lambda here, url: ask(
        here, "POST", "/resize", body=json.dumps({"url": url, "width": 40}).encode(), headers=JSON
    ),
    "GET /info": lambda here, url: ask(here, "GET", "/info", query=f"url={quote(url, '')}", headers=KEYED),
    "POST /info": lambda here, url: ask(here, "POST", "/info", body=json.dumps({"url": url}).encode(), headers=JSON),
    "POST /upload": lambda here, url: ask(here, "POST", "/upload", body=PART % url.encode(), headers=FORM),
    "job": deferred,
    "direct invocation": directly,
}


@pytest.mark.parametrize("fetch", DOORS.values(), ids=DOORS)
@pytest.mark.parametrize("way", ["its url", "a redirect"])
def test_every_door_that_fetches_is_bound_for_whoever_may_do_everything(
    door: Callable[..., Door], origin: Origin, photo: bytes, fetch: Callable[[Door, str], tuple[int, str]], way: str
) -> None:
    """``localhost`` is the same server by a name that is not listed."""
    here = door(
        public=False,
        api_keys=(KEY_HASH,),
        source_hosts=("127.0.0.1",),
        source_networks=("127.0.0.0/8", "::1/128"),
    )
    listed, other = origin.url("/listed.jpg"), origin.url("/other.jpg", host="localhost")
    origin.routes |= {"/listed.jpg": ok(photo), "/other.jpg": ok(photo), "/away": redirect(other)}
    status, code = fetch(here, other if way == "its url" else origin.url("/away"))
    assert (status, code) == (403, "source_blocked")
    assert "/other.jpg" not in [request.target for request in origin.requests]
    here.invocations.events.clear()
    assert fetch(here, listed)[0] in (200, 201)
