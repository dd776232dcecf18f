"""What a function asks of AWS beside storage: to run once more, and to keep what can never work.

boto3 is imported when it is first needed; a fake of each protocol is one method.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import msgspec

from app.errors import StorageUnavailable


class Invoker(Protocol):
    """Starts an invocation of this function and does not wait for it."""

    def invoke(self, event: Mapping[str, Any]) -> None:
        """Hand the event over; raise StorageUnavailable when it was not accepted."""


class SelfInvoker:
    """Invokes the function we run in, the same version of it.

    https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
    """

    def __init__(self, name: str, version: str, *, session: Any = None) -> None:
        self._name = name
        self._version = version
        self._client = _Client("lambda", session)

    def invoke(self, event: Mapping[str, Any]) -> None:
        # $LATEST has no qualifier of its own, and its policy would have to name one
        qualifier = {"Qualifier": self._version} if self._version.isdecimal() else {}
        self._client.call(
            lambda client: client.invoke(
                FunctionName=self._name, InvocationType="Event", Payload=msgspec.json.encode(event), **qualifier
            ),
            "the function could not invoke itself",
        )


class Outbound(msgspec.Struct, frozen=True):
    """What a container may send out."""

    invoker: Invoker
    dead_letters: DeadLetters
    read_secrets: Callable[[Sequence[str]], Mapping[str, str]] | None = None  # SSM, unless a test reads elsewhere


class Jobs:
    """Has each job run by an invocation of its own: what a container does after its answer is frozen with it."""

    def __init__(self, invoker: Invoker) -> None:
        self._invoker = invoker

    def submit(self, job: str) -> None:
        """Send the job's id; what it needs is stored, since an asynchronous event holds 1 MB."""
        self._invoker.invoke({"job": job})


class DeadLetters(Protocol):
    """Keeps events that can never work, for people to look at."""

    def send(self, event: Mapping[str, Any], reason: Mapping[str, str]) -> None:
        """Keep the event with its reason; raise StorageUnavailable when it was not accepted."""


class SqsQueue:
    """Keeps them in a queue: the event is the body, so that SQS can move it back, the reason its attributes.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
    """

    def __init__(self, url: str, *, session: Any = None) -> None:
        self._url = url
        self._client = _Client("sqs", session)

    def send(self, event: Mapping[str, Any], reason: Mapping[str, str]) -> None:
        """Send one message; without a queue the log has to do."""
        if not self._url:
            return
        attributes = {
            name: {"DataType": "String", "StringValue": _plain(text)} for name, text in reason.items() if text
        }
        body = msgspec.json.encode(event).decode()
        self._client.call(
            lambda client: client.send_message(QueueUrl=self._url, MessageBody=body, MessageAttributes=attributes),
            "the dead-letter queue did not take a message",
        )


def _plain(text: str) -> str:
    """Return the text without what XML, and so SQS, cannot carry."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)[:1024]


class _Client:
    """One boto3 client, built when first used; at once by several threads is once."""

    def __init__(self, service: str, session: Any) -> None:
        self._service = service
        self._session = session
        self._client: Any = None
        self._lock = threading.Lock()

    def call(self, ask: Callable[[Any], Any], words: str) -> None:
        """Run ``ask`` with the client; raise StorageUnavailable with ``words`` for whatever AWS answers."""
        try:
            ask(self._get())
        except Exception as exc:
            if type(exc).__module__.partition(".")[0] not in ("botocore", "boto3", "urllib3"):
                raise
            # the class of a client error is made by botocore while it runs
            raise StorageUnavailable(f"{words}: {type(exc).__name__}") from exc

    def _get(self) -> Any:
        with self._lock:
            if self._client is None:
                import boto3  # type: ignore[import-untyped]
                from botocore.config import Config  # type: ignore[import-untyped]

                session = self._session or boto3.session.Session()
                config = Config(connect_timeout=3, read_timeout=5, retries={"mode": "standard"})
                self._client = session.client(self._service, config=config)
            return self._client
