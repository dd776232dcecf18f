"""The dead-letter queue, on an SQS of this machine."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from app.core.errors import StorageUnavailable
from app.runtime.dead_letters import SqsDeadLetters
from tests.support.s3.server import moto, new_session
from tests.support.wsgi_server import WsgiServer


@pytest.fixture
def queue() -> Iterator[tuple[str, Any, Any]]:
    """Run SQS on this machine; give the URL of a queue, a session that leads there, and a client."""
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
    SqsDeadLetters(url, session=session).send(event, reason)
    (message,) = client.receive_message(QueueUrl=url, MessageAttributeNames=["All"])["Messages"]
    assert json.loads(message["Body"]) == event
    sent = {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}
    assert (sent["code"], sent["key"], sent["reason"][:10]) == ("too_large", "inbox/é.jpg", "bad ??? wo")
    assert set(sent) == {"code", "reason", "key"}


def test_a_missing_queue_is_reported(queue: tuple[str, Any, Any]) -> None:
    url, session, _ = queue
    with pytest.raises(StorageUnavailable, match="dead-letter queue"):
        SqsDeadLetters(url + "x", session=session).send({}, {"code": "x"})


def test_without_a_queue_nothing_is_sent() -> None:
    SqsDeadLetters("").send({}, {"code": "x"})
