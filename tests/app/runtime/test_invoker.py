"""Self-invocation, as it goes over the wire."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from app.core.errors import StorageUnavailable
from app.runtime.invoker import InvocationQueue, SelfInvoker
from tests.support.s3.server import new_session
from tests.support.wsgi_server import WsgiServer


class InvokeApi:
    """Answers like the Invoke API and keeps the requests: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html"""

    def __init__(self, status: str = "202 Accepted") -> None:
        self.requests: list[tuple[str, str, Any]] = []
        self._status = status

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        kind = environ.get("HTTP_X_AMZ_INVOCATION_TYPE", "")
        self.requests.append((environ["REQUEST_URI"], kind, json.loads(environ["wsgi.input"].read())))
        start_response(
            self._status, [("Content-Type", "application/json"), ("X-Amzn-ErrorType", "AccessDeniedException")]
        )
        return [b"{}"]


@contextmanager
def served(api: InvokeApi) -> Iterator[Any]:
    with WsgiServer(api) as server:
        yield new_session(server.url)


def test_an_invocation_is_asynchronous_and_of_no_version() -> None:
    """The stack configures asynchronous events of $LATEST only."""
    api = InvokeApi()
    with served(api) as session:
        InvocationQueue(SelfInvoker("monolambda-dev", session=session)).submit("0" * 32)
    path = "/2015-03-31/functions/monolambda-dev/invocations"
    assert api.requests == [(path, "Event", {"job": "0" * 32})]


def test_a_refusal_is_reported_without_the_message_of_aws() -> None:
    with (
        served(InvokeApi("403 Forbidden")) as session,
        pytest.raises(StorageUnavailable, match=r"could not invoke itself: AccessDenied|ClientError"),
    ):
        SelfInvoker("monolambda-dev", session=session).invoke({"warm": 1})


def test_nothing_is_sent_before_it_is_needed() -> None:
    api = InvokeApi()
    with served(api) as session:
        SelfInvoker("monolambda-dev", session=session)
    assert api.requests == []
