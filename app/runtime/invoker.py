"""Asynchronous self-invocation: how a Lambda function starts more work than one invocation may do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import msgspec

from app.runtime.aws_client import AwsClient


class Invoker(Protocol):
    """Starts another invocation of this function without waiting for it."""

    def connect(self) -> None:
        """Get ready, so that the next event is sent at once; raise StorageUnavailable."""

    def invoke(self, event: Mapping[str, Any]) -> None:
        """Send the event; raise StorageUnavailable when it was not accepted."""


class SelfInvoker:
    """Invokes the function this process runs in, at $LATEST, whichever version or alias answers requests.

    A version has no EventInvokeConfig of its own, and after a rollback nothing could give it one; of $LATEST the stack
    says how long an event is tried. An event that waits must not name a version that Zappa deletes meanwhile either,
    nor take a provisioned container from a request.
    https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
    """

    def __init__(self, name: str, *, session: Any = None) -> None:
        self._name = name
        self._client = AwsClient("lambda", session)

    def connect(self) -> None:
        """Build the client, which takes longer than many invocations."""
        self._client.call(lambda client: None, "there is no client for Lambda")

    def invoke(self, event: Mapping[str, Any]) -> None:
        """Send the event; raise StorageUnavailable when Lambda did not accept it."""
        # without a qualifier, because naming $LATEST would need a right of its own in the policy
        self._client.call(
            lambda client: client.invoke(
                FunctionName=self._name, InvocationType="Event", Payload=msgspec.json.encode(event)
            ),
            "the function could not invoke itself",
        )


class InvocationQueue:
    """Runs each job in an invocation of its own: Lambda freezes a container once it has answered."""

    def __init__(self, invoker: Invoker) -> None:
        self._invoker = invoker

    def submit(self, job_id: str) -> None:
        """Send the job's id alone, because an asynchronous event holds at most 1 MB."""
        self._invoker.invoke({"job": job_id})
