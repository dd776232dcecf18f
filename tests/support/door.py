"""The Lambda handler with its container and its log, and fakes of what it sends out."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Mapping
from typing import Any

import msgspec

from app import create_app
from app.container import Container
from app.core.config import Platform
from app.core.errors import StorageUnavailable
from app.events import make_handler
from measurement.lambda_context import LambdaContext

ON_LAMBDA = Platform(mode="lambda", function_name="monolambda-dev", memory_mb=1769)


class HttpAnswer(msgspec.Struct):
    """An HTTP answer of any event shape; header names in lower case, each with a list of values."""

    status: int
    headers: dict[str, list[str]]
    cookies: list[str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Invocations:
    """Collects the events that the function invokes itself with, as JSON, which is all that arrives."""

    def __init__(self) -> None:
        self.events: list[Any] = []
        self.refuse_after = 1000

    def connect(self) -> None:
        """Be ready."""

    def invoke(self, event: Mapping[str, Any]) -> None:
        if len(self.events) >= self.refuse_after:
            raise StorageUnavailable("throttled")
        self.events.append(json.loads(json.dumps(event)))


class DeadLetterBox:
    """Collects the events that were given up, with their reasons."""

    def __init__(self) -> None:
        self.sent: list[tuple[Any, dict[str, str]]] = []
        self.refuse = False

    def send(self, event: Mapping[str, Any], reason: Mapping[str, str]) -> None:
        if self.refuse:
            raise StorageUnavailable("the queue is away")
        self.sent.append((json.loads(json.dumps(event)), dict(reason)))


class Door:
    """A handler with its container and its log."""

    def __init__(self, container: Container, log: io.StringIO) -> None:
        self.container = container
        self.app = create_app(container)
        self.handle = make_handler(self.app, container)
        self._log = log
        self.invocations: Any = container.backends.invoker
        self.letters: Any = container.backends.dead_letters

    def __call__(self, event: Any, context: object = None) -> Any:
        answer = self.handle(event, context or LambdaContext())
        # as the runtime encodes every answer; one that is no JSON in UTF-8 crashes it
        return json.loads(json.dumps(answer, ensure_ascii=False).encode())

    def http(self, event: Any) -> HttpAnswer:
        return read(self(event))

    def log(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self._log.getvalue().splitlines()]


def read(raw: dict[str, Any]) -> HttpAnswer:
    several = raw.get("multiValueHeaders") or {name: [value] for name, value in raw["headers"].items()}
    headers: dict[str, list[str]] = {}
    for name, values in several.items():
        headers.setdefault(name.lower(), []).extend(values)
    body = base64.b64decode(raw["body"], validate=True) if raw["isBase64Encoded"] else raw["body"].encode()
    cookies = [*raw.get("cookies", []), *headers.get("set-cookie", [])]
    return HttpAnswer(raw["statusCode"], headers, cookies, body)
