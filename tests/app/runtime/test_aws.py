"""What a function asks of AWS beside storage, on the wire."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import pytest

from app.errors import StorageUnavailable
from app.runtime.aws import Jobs, SelfInvoker, SqsQueue
from tests.support.s3.server import moto, new_session
from tests.support.wsgi_server import WsgiServer


class Api:
    """Answers as the Invoke API does and keeps what was asked: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html"""

    def __init__(self, status: str = "202 Accepted") -> None:
        self.asked: list[tuple[str, str, Any]] = []
        self._status = status

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        kind = environ.get("HTTP_X_AMZ_INVOCATION_TYPE", "")
        self.asked.append((environ["REQUEST_URI"], kind, json.loads(environ["wsgi.input"].read())))
        start_response(
            self._status, [("Content-Type", "application/json"), ("X-Amzn-ErrorType", "AccessDeniedException")]
        )
        return [b"{}"]


@contextmanager
def served(api: Api) -> Iterator[Any]:
    with WsgiServer(api) as server:
        yield new_session(server.url)


@pytest.mark.parametrize(("version", "query"), [("$LATEST", ""), ("7", "?Qualifier=7"), ("", "")])
def test_an_invocation_is_asynchronous_and_of_the_same_version(version: str, query: str) -> None:
    api = Api()
    with served(api) as session:
        Jobs(SelfInvoker("monolambda-dev", version, session=session)).submit("0" * 32)
    path = f"/2015-03-31/functions/monolambda-dev/invocations{query}"
    assert api.asked == [(path, "Event", {"job": "0" * 32})]


def test_what_is_not_accepted_is_told_without_inner_words() -> None:
    with (
        served(Api("403 Forbidden")) as session,
        pytest.raises(StorageUnavailable, match=r"could not invoke itself: AccessDenied|ClientError"),
    ):
        SelfInvoker("monolambda-dev", "", session=session).invoke({"warm": 1})


def test_nothing_is_imported_or_asked_before_it_is_needed() -> None:
    api = Api()
    with served(api) as session:
        SelfInvoker("monolambda-dev", "", session=session)
    assert api.asked == []


@pytest.fixture
def queue() -> Iterator[tuple[str, Any, Any]]:
    """Run an SQS on this machine; give the url of a queue, a session that leads there, and a client."""
    with WsgiServer(moto()) as server:
        session = new_session(server.url)
        client = session.client("sqs")
        yield client.create_queue(QueueName=f"dead-{uuid4().hex}")["QueueUrl"], session, client
        client.close()


def test_a_dead_letter_is_the_event_with_its_reason(queue: tuple[str, Any, Any]) -> None:
    url, session, client = queue
    event = {"Records": [{"eventSource": "aws:s3", "s3": {"object": {"key": "inbox/é.jpg"}}}]}
    reason = {
        "code": "too_large",
        "reason": "bad \x00\x1b\ud800 words " + "x" * 5000,
        "key": "inbox/é.jpg",
        "empty": "",
    }
    SqsQueue(url, session=session).send(event, reason)
    (message,) = client.receive_message(QueueUrl=url, MessageAttributeNames=["All"])["Messages"]
    assert json.loads(message["Body"]) == event
    sent = {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}
    assert (sent["code"], sent["key"], sent["reason"][:10]) == ("too_large", "inbox/é.jpg", "bad ??? wo")
    assert set(sent) == {"code", "reason", "key"}


def test_a_queue_that_is_not_there_is_told(queue: tuple[str, Any, Any]) -> None:
    url, session, _ = queue
    with pytest.raises(StorageUnavailable, match="dead-letter queue"):
        SqsQueue(url + "x", session=session).send({}, {"code": "x"})


def test_without_a_queue_nothing_is_sent() -> None:
    SqsQueue("").send({}, {"code": "x"})
