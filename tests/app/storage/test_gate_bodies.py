"""The gate and bodies: form uploads and their policy, checksums in a trailer, writes that meet."""

from __future__ import annotations

import base64
import io
import json
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSPreparedRequest, AWSRequest
from botocore.exceptions import ClientError
from botocore.httpsession import URLLib3Session
from werkzeug.test import EnvironBuilder, run_wsgi_app

from tests.conftest import FakeClock
from tests.support.s3.gate import Gate
from tests.support.s3.http_server import Environ
from tests.support.s3.server import KEY, REGION, S3

Fields = dict[str, str]


class TestForm:
    def post(self, s3: S3, change: Callable[[Fields], Fields] = dict, *, size: int = 50) -> tuple[int, bytes | None]:
        """Upload by a form for up to 100 bytes of PNG at ``incoming/x``; return the status and what is stored."""
        bucket, client = s3.bucket(), s3.session.client("s3")
        form = client.generate_presigned_post(
            bucket,
            "incoming/x",
            Fields={"Content-Type": "image/png"},
            Conditions=[{"Content-Type": "image/png"}, ["content-length-range", 1, 100], ["starts-with", "$tag", "a"]],
            ExpiresIn=60,
        )
        sent = {**change({**form["fields"], "tag": "abc"}), "file": (io.BytesIO(bytes(size)), "x.png")}
        environ = EnvironBuilder(method="POST", path=f"/{bucket}", data=sent).get_environ()
        content = environ["wsgi.input"].read()
        request = AWSPreparedRequest("POST", form["url"], {"Content-Type": environ["CONTENT_TYPE"]}, content, False)
        session = URLLib3Session()
        status = session.send(request).status_code
        session.close()
        found = client.list_objects_v2(Bucket=bucket).get("Contents", [])
        stored = client.get_object(Bucket=bucket, Key="incoming/x")["Body"].read() if found else None
        client.close()
        return status, stored

    def test_a_form_that_keeps_to_its_policy_passes(self, gated: S3) -> None:
        assert self.post(gated) == (204, bytes(50))

    @pytest.mark.parametrize("size", [0, 101])
    def test_a_file_too_small_or_too_large_is_refused(self, gated: S3, size: int) -> None:
        assert self.post(gated, size=size) == (400, None)

    @pytest.mark.parametrize(
        "change",
        [
            lambda fields: {**fields, "key": "originals/x"},
            lambda fields: {**fields, "Content-Type": "text/html"},
            lambda fields: {**fields, "tag": "b"},
            lambda fields: {**fields, "acl": "public-read"},
            lambda fields: {**fields, "policy": _widen(fields["policy"])},
            lambda fields: {**fields, "x-amz-signature": 64 * "0"},
            lambda fields: {**fields, "x-amz-credential": fields["x-amz-credential"].replace(KEY.access_key, "OTHER")},
            lambda fields: {name: value for name, value in fields.items() if name != "x-amz-signature"},
            lambda fields: {name: value for name, value in fields.items() if name != "policy"},
        ],
    )
    def test_a_form_that_does_not_is_refused(self, gated: S3, change: Callable[[Fields], Fields]) -> None:
        assert self.post(gated, change) == (403, None)

    def test_a_form_expires(self, gated: S3, clock: FakeClock) -> None:
        def late(fields: Fields) -> Fields:
            clock.advance(61)
            return fields

        status, stored = self.post(gated, late)
        assert (status, stored) == (403, None)


def _widen(policy: str) -> str:
    read = json.loads(base64.b64decode(policy))
    read["conditions"] = [condition for condition in read["conditions"] if "content-length-range" not in condition]
    return base64.b64encode(json.dumps(read).encode()).decode()


class TestTrailer:
    """Over TLS boto3 signs no body, and sends its checksum behind it."""

    def put(self, s3: S3, change: Callable[[bytes], bytes] = bytes) -> bytes:
        """Put by a client that believes it speaks TLS; ``change`` is what happens to the body on the way."""
        bucket, plain = s3.bucket(), URLLib3Session()
        client = s3.session.client("s3", endpoint_url=s3.url.replace("http:", "https:"))

        def send(request: Any, **kwargs: Any) -> Any:
            chunks = b"".join(iter(lambda: request.body.read(65536), b"")) if request.body else b""
            headers = {name: value for name, value in request.headers.items() if name != "Transfer-Encoding"}
            url = request.url.replace("https:", "http:")
            return plain.send(AWSPreparedRequest(request.method, url, headers, change(chunks), False))

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

    def test_it_passes_and_is_stored_without_its_chunks(self, gated: S3) -> None:
        seen: list[bytes] = []

        def look(body: bytes) -> bytes:
            seen.append(body)
            return body

        assert self.put(gated, look) == b"data to be sent"
        assert b"x-amz-checksum-crc32:" in seen[0]

    def test_a_body_changed_on_the_way_is_refused(self, gated: S3) -> None:
        with pytest.raises(ClientError, match="BadDigest"):
            self.put(gated, lambda body: body.replace(b"sent", b"lost"))


def test_conditional_writes_reach_the_storage_one_at_a_time() -> None:
    most = [0]
    inside: list[int] = []

    def app(environ: Environ, start_response: Any) -> Iterable[bytes]:
        inside.append(1)
        most[0] = max(most[0], len(inside))
        time.sleep(0.02)
        inside.pop()
        start_response("200 OK", [])
        return [b""]

    gate, barrier = Gate(app, KEY, region=REGION), threading.Barrier(5)

    def write(_: int) -> str:
        request = AWSRequest("PUT", "http://localhost/b/k", {"Host": "localhost", "If-None-Match": "*"}, data=b"x")
        S3SigV4Auth(KEY, "s3", REGION).add_auth(request)
        environ = EnvironBuilder(method="PUT", path="/b/k", headers=dict(request.headers), data=b"x").get_environ()
        barrier.wait()
        return run_wsgi_app(gate, environ | {"REQUEST_URI": "/b/k"})[1]

    with ThreadPoolExecutor(5) as pool:
        assert set(pool.map(write, range(5))) == {"200 OK"}
    assert most == [1]
