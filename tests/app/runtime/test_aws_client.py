"""A boto3 client that is built on first use, and whose errors become ours."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from app.core.errors import StorageUnavailable
from app.runtime.aws_client import AwsClient
from tests.support.s3.server import S3
from tests.support.threads import run_concurrently


class Session:
    """Makes clients that are their own service's name, and counts them."""

    def __init__(self) -> None:
        self.made: list[tuple[str, Any]] = []

    def client(self, service: str, *, config: Any) -> str:
        self.made.append((service, config))
        return service


def test_threads_share_one_client_that_is_built_when_it_is_called() -> None:
    session, seen = Session(), list[str]()
    client = AwsClient("sqs", session)
    assert session.made == []
    call: Callable[[], None] = lambda: client.call(seen.append, "the queue did not answer")  # noqa: E731
    run_concurrently(*[call] * 6)
    assert seen == ["sqs"] * 6
    ((service, config),) = session.made
    assert (service, config.connect_timeout, config.read_timeout) == ("sqs", 3, 5)


def raising(exc: Exception) -> Callable[[Any], None]:
    def use(client: Any) -> None:
        raise exc

    return use


def test_an_error_of_aws_is_reported_by_its_kind_alone() -> None:
    from botocore.exceptions import ClientError, EndpointConnectionError  # type: ignore[import-untyped]

    errors = {
        "EndpointConnectionError": EndpointConnectionError(endpoint_url="https://secret.example"),
        "ClientError": ClientError({"Error": {"Code": "AccessDenied", "Message": "arn:aws:secret"}}, "SendMessage"),
    }
    for name, exc in errors.items():
        with pytest.raises(StorageUnavailable) as caught:
            AwsClient("sqs", Session()).call(raising(exc), "the queue did not answer")
        assert caught.value.detail == f"the queue did not answer: {name}"


def test_a_bug_of_ours_stays_one() -> None:
    with pytest.raises(KeyError):
        AwsClient("sqs", Session()).call(raising(KeyError("key")), "the queue did not answer")


def test_without_a_session_the_environment_configures_the_client(s3: S3) -> None:
    """In a process of its own, because boto3 reads the environment."""
    code = (
        "from app.runtime.aws_client import AwsClient\n"
        "AwsClient('s3').call(lambda client: print(client.meta.endpoint_url), 'never')\n"
    )
    environ = {**os.environ, **s3.environ()}
    done = subprocess.run([sys.executable, "-c", code], env=environ, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == s3.url
