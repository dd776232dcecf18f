"""The bucket answers the AWS SDK, with which it is measured."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3  # type: ignore[import-untyped]
import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from bench.cold_start.bucket import NAME, MemoryBucket


@pytest.fixture
def bucket() -> Iterator[MemoryBucket]:
    with MemoryBucket() as bucket:
        yield bucket


@pytest.fixture
def s3(bucket: MemoryBucket, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name, value in bucket.environment().items():
        monkeypatch.setenv(name, value)
    client = boto3.session.Session(region_name="eu-west-1").client("s3")
    yield client
    client.close()


def test_an_object_is_stored_and_read_by_the_sdk(bucket: MemoryBucket, s3: Any) -> None:
    s3.put_object(Bucket=NAME, Key="inbox/a b.jpg", Body=b"bytes")
    assert bucket.objects == {"inbox/a b.jpg": b"bytes"}
    assert s3.head_object(Bucket=NAME, Key="inbox/a b.jpg")["ContentLength"] == 5
    with s3.get_object(Bucket=NAME, Key="inbox/a b.jpg")["Body"] as body:
        assert body.read() == b"bytes"


def test_an_object_that_is_not_there_is_missing(s3: Any) -> None:
    with pytest.raises(ClientError, match="404"):
        s3.head_object(Bucket=NAME, Key="inbox/other.jpg")
