"""Clients of the Lambda API."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import boto3  # type: ignore[import-untyped]
import pytest
from botocore.config import Config  # type: ignore[import-untyped]

from lab.local_lambda import LocalLambda

KEYS = {"aws_access_key_id": "none", "aws_secret_access_key": "none", "region_name": "eu-west-1"}


@pytest.fixture
def connect() -> Iterator[Callable[[LocalLambda], Any]]:
    clients = []

    def to(lab: LocalLambda) -> Any:
        config = Config(retries={"total_max_attempts": 1}, read_timeout=60)
        clients.append(boto3.client("lambda", endpoint_url=lab.invoke_url, config=config, **KEYS))
        return clients[-1]

    yield to
    for client in clients:
        client.close()
