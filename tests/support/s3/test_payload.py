"""Over TLS boto3 signs no body, and sends its checksum in a trailer: the server has to check it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.awsrequest import AWSPreparedRequest  # type: ignore[import-untyped]
from botocore.exceptions import ClientError  # type: ignore[import-untyped]
from botocore.httpsession import URLLib3Session  # type: ignore[import-untyped]

from tests.support.s3.server import S3


def put(s3: S3, change: Callable[[bytes], bytes] = bytes) -> bytes:
    """Put an object with a client that believes it speaks TLS, and return what is stored.

    ``change`` is what happens to the body on the way.
    """
    bucket, plain = s3.bucket(), URLLib3Session()
    client = s3.session.client("s3", endpoint_url=s3.url.replace("http:", "https:"))

    def send(request: Any, **kwargs: Any) -> Any:
        body = b"".join(iter(lambda: request.body.read(65536), b"")) if request.body else b""
        headers = {name: value for name, value in request.headers.items() if name != "Transfer-Encoding"}
        url = request.url.replace("https:", "http:")
        return plain.send(AWSPreparedRequest(request.method, url, headers, change(body), False))

    client.meta.events.register("before-send.s3", send)
    try:
        client.put_object(Bucket=bucket, Key="key", Body=b"data to be sent")
    finally:
        client.close()
        plain.close()
    reader = s3.session.client("s3")
    stored: bytes = reader.get_object(Bucket=bucket, Key="key", ChecksumMode="ENABLED")["Body"].read()
    reader.close()
    return stored


def test_a_chunked_body_is_stored_without_its_chunks(clocked_s3: S3) -> None:
    seen: list[bytes] = []

    def look(body: bytes) -> bytes:
        seen.append(body)
        return body

    assert put(clocked_s3, look) == b"data to be sent"
    assert b"x-amz-checksum-crc32:" in seen[0]


def test_a_body_that_was_tampered_with_is_refused(clocked_s3: S3) -> None:
    with pytest.raises(ClientError, match="BadDigest"):
        put(clocked_s3, lambda body: body.replace(b"sent", b"lost"))
