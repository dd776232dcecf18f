"""Form uploads are checked against their signed policy."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Callable

import pytest
from botocore.awsrequest import AWSPreparedRequest  # type: ignore[import-untyped]
from botocore.httpsession import URLLib3Session  # type: ignore[import-untyped]
from werkzeug.test import EnvironBuilder

from tests.conftest import FakeClock
from tests.support.s3.server import KEY, S3

Fields = dict[str, str]


def post(s3: S3, change: Callable[[Fields], Fields] = dict, *, size: int = 50) -> tuple[int, bytes | None]:
    """Upload with a form for up to 100 bytes of PNG at ``incoming/x``; return the status and what is stored."""
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
    status: int = session.send(request).status_code
    session.close()
    found = client.list_objects_v2(Bucket=bucket).get("Contents", [])
    stored = client.get_object(Bucket=bucket, Key="incoming/x")["Body"].read() if found else None
    client.close()
    return status, stored


def without_size_limit(policy: str) -> str:
    decoded = json.loads(base64.b64decode(policy))
    decoded["conditions"] = [each for each in decoded["conditions"] if "content-length-range" not in each]
    return base64.b64encode(json.dumps(decoded).encode()).decode()


def test_a_form_that_meets_its_policy_is_accepted(clocked_s3: S3) -> None:
    assert post(clocked_s3) == (204, bytes(50))


@pytest.mark.parametrize("size", [0, 101])
def test_a_file_that_is_too_small_or_too_large_is_refused(clocked_s3: S3, size: int) -> None:
    assert post(clocked_s3, size=size) == (400, None)


@pytest.mark.parametrize(
    "change",
    [
        lambda fields: {**fields, "key": "originals/x"},
        lambda fields: {**fields, "Content-Type": "text/html"},
        lambda fields: {**fields, "tag": "b"},
        lambda fields: {**fields, "acl": "public-read"},
        lambda fields: {**fields, "policy": without_size_limit(fields["policy"])},
        lambda fields: {**fields, "x-amz-signature": 64 * "0"},
        lambda fields: {**fields, "x-amz-credential": fields["x-amz-credential"].replace(KEY.access_key, "OTHER")},
        lambda fields: {name: value for name, value in fields.items() if name != "x-amz-signature"},
        lambda fields: {name: value for name, value in fields.items() if name != "policy"},
    ],
)
def test_a_form_that_violates_its_policy_is_refused(clocked_s3: S3, change: Callable[[Fields], Fields]) -> None:
    assert post(clocked_s3, change) == (403, None)


def test_a_form_expires(clocked_s3: S3, clock: FakeClock) -> None:
    def delay(fields: Fields) -> Fields:
        clock.advance(61)
        return fields

    assert post(clocked_s3, delay) == (403, None)
