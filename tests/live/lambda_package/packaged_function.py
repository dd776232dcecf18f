"""The packaged function running in a process, and the HTTP events that different senders make of one request."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from typing import Any

import msgspec
import pytest

from lab.containers.runtime_api import Reply
from tests.support.door import HttpAnswer, read
from tests.support.drawing import encoded, photo
from tests.support.http_events import Event, alb, http_api, rest
from tests.support.lab.running_function import RunningFunction

SECRET = "s" * 32
KEY = "open sesame"
PUBLIC = {"MONOLAMBDA_PUBLIC": "true", "MONOLAMBDA_SECRET": SECRET}
WITH_KEY = {"MONOLAMBDA_API_KEYS": hashlib.sha256(KEY.encode()).hexdigest(), "MONOLAMBDA_SECRET": SECRET}
BEARER = {"Authorization": f"Bearer {KEY}"}

MakeEvent = Callable[..., Event]
HTTP_EVENTS: dict[str, MakeEvent] = {
    "rest": rest,
    "http_api": partial(http_api, stage="dev"),
    "function_url": partial(http_api, host="abc123.lambda-url.eu-west-1.on.aws"),
    "alb": alb,
    "alb_multi": partial(alb, multi=True),
}
every_http_event = pytest.mark.parametrize("make_event", HTTP_EVENTS.values(), ids=HTTP_EVENTS)
JPEG = encoded(photo(320, 240), "JPEG")


def own_jpeg(make_event: MakeEvent) -> bytes:
    """Return an image that no other sender has stored before in a container that they share."""
    return encoded(photo(320, 240, seed=100 + list(HTTP_EVENTS.values()).index(make_event)), "JPEG")


class PackagedFunction:
    """One container of the function: the package in a process, under AWS's own runtime client."""

    def __init__(self, process: RunningFunction) -> None:
        self.process = process

    def invoke(self, event: object) -> Reply:
        """Return what the runtime client posted."""
        return self.process.invoke(event)

    def json(self, event: object) -> Any:
        """Return the function's answer to an event; it must not have raised."""
        reply = self.invoke(event)
        assert reply.error_type == "", reply.payload
        return msgspec.json.decode(reply.payload)

    def http(self, event: Event) -> HttpAnswer:
        """Return the answer to an HTTP event."""
        return read(self.json(event))

    def upload(self, image: bytes, make_event: MakeEvent = rest, **headers: str) -> str:
        """Store an image and return its id."""
        answer = self.http(make_event("POST", "/upload", body=image, headers=headers))
        stored: str = answer.json["images"][0]["id"]
        return stored


StartFunction = Callable[..., AbstractContextManager[PackagedFunction]]
