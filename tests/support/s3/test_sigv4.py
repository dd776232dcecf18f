"""The test S3 refuses what S3 would refuse; otherwise our tests of signing would prove nothing."""

from __future__ import annotations

import http.client
import re
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from urllib.parse import urlsplit

import msgspec
import pytest
from botocore.auth import S3SigV4Auth  # type: ignore[import-untyped]
from botocore.awsrequest import AWSRequest  # type: ignore[import-untyped]
from botocore.config import Config  # type: ignore[import-untyped]
from botocore.credentials import Credentials  # type: ignore[import-untyped]
from werkzeug.test import EnvironBuilder, run_wsgi_app

from tests.conftest import FakeClock
from tests.support.s3.server import KEY, REGION, S3, new_session
from tests.support.s3.sigv4 import SigV4Middleware
from tests.support.threads import run_concurrently
from tests.support.wsgi_server import Environ


class RawRequest(msgspec.Struct, frozen=True):
    """A request as it goes over the wire."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes = b""

    def send(self, s3: S3) -> tuple[int, str]:
        """Return the status and the error code of the response."""
        connection = http.client.HTTPConnection("127.0.0.1", s3.port, timeout=10)
        connection.request(self.method, self.target, self.body, self.headers)
        response = connection.getresponse()
        text = response.read().decode()
        connection.close()
        code = re.search("<Code>(.*?)</Code>", text)
        return response.status, code[1] if code else ""


@pytest.fixture(scope="module")
def bucket(module_s3: S3) -> str:
    return module_s3.bucket()


@pytest.fixture(scope="module")
def s3_client(module_s3: S3) -> Iterator[Any]:
    client = module_s3.session.client("s3", config=Config(signature_version="s3v4"))
    yield client
    client.close()


def signed_put(
    s3: S3, bucket: str, *, key: Credentials = KEY, region: str = REGION, headers: dict[str, str] | None = None
) -> RawRequest:
    """Return a PUT with an Authorization header by botocore."""
    host = f"127.0.0.1:{s3.port}"
    sent = {"Host": host, "Content-Type": "image/png", "x-amz-meta-a": "1", **(headers or {})}
    target = f"/{bucket}/some/key?x-id=PutObject"
    request = AWSRequest("PUT", f"http://{host}{target}", headers=sent, data=b"data")
    S3SigV4Auth(key, "s3", region).add_auth(request)
    return RawRequest("PUT", target, dict(request.headers), b"data")


def with_headers(request: RawRequest, **headers: str) -> RawRequest:
    """Return the request with headers added or replaced; underscores in names stand for hyphens."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    kept = {name: value for name, value in request.headers.items() if name.lower() not in named}
    return msgspec.structs.replace(request, headers=kept | named)


Change = Callable[[RawRequest], RawRequest]


def target(old: str, new: str) -> Change:
    """Return a change of a part of the target."""
    return lambda request: msgspec.structs.replace(request, target=request.target.replace(old, new))


def authorization(old: str, new: str) -> Change:
    """Return a change of a part of the Authorization header, found by a regular expression."""
    return lambda request: with_headers(request, authorization=re.sub(old, new, request.headers["Authorization"]))


def header(**headers: str) -> Change:
    """Return a change that adds or replaces headers."""
    return lambda request: with_headers(request, **headers)


def field(**values: Any) -> Change:
    """Return a change of a field of the request."""
    return lambda request: msgspec.structs.replace(request, **values)


MISMATCH = "SignatureDoesNotMatch"
MALFORMED = "AuthorizationHeaderMalformed"
CHANGES: dict[str, tuple[Change, str]] = {
    "method": (field(method="POST"), MISMATCH),
    "body": (field(body=b"Data"), "XAmzContentSHA256Mismatch"),
    "path": (target("key", "Key"), MISMATCH),
    "query added": (target("x-id=PutObject", "x-id=PutObject&b="), MISMATCH),
    "query removed": (target("?x-id=PutObject", ""), MISMATCH),
    "type": (header(content_type="text/html"), MISMATCH),
    "host": (header(host="127.0.0.1"), MISMATCH),
    "signed header": (header(x_amz_meta_a="2"), MISMATCH),
    "unsigned header": (header(x_amz_acl="public-read"), "AccessDenied"),
    "body unsigned": (header(x_amz_content_sha256="UNSIGNED-PAYLOAD"), MISMATCH),
    "other scheme": (header(authorization="Basic YTpi"), MALFORMED),
    "no hex": (authorization(".$", "g"), MALFORMED),
    "signature": (authorization("Signature=.{64}", "Signature=" + 64 * "0"), MISMATCH),
    "host unsigned": (authorization("host;", ""), "AccessDenied"),
    "other day": (header(x_amz_date="20200101T000000Z"), MALFORMED),
    "no date": (header(x_amz_date="soon"), MALFORMED),
    "anonymous": (lambda request: field(headers={"Host": request.headers["Host"]})(request), "AccessDenied"),
}


class TestHeader:
    """Requests with an Authorization header."""

    @pytest.mark.parametrize("key", ["plain", "a b+c%2F~", "Ä/中/!*'()", "a//b"])
    def test_requests_of_boto3_are_accepted(self, clocked_s3: S3, bucket: str, s3_client: Any, key: str) -> None:
        s3_client.put_object(Bucket=bucket, Key=key, Body=b"data")
        assert s3_client.get_object(Bucket=bucket, Key=key, Range="bytes=1-2")["Body"].read() == b"at"
        assert [found["Key"] for found in s3_client.list_objects_v2(Bucket=bucket, Prefix=key)["Contents"]] == [key]
        deleted = s3_client.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": key}]})["Deleted"]
        assert deleted == [{"Key": key}]

    def test_a_signed_request_is_accepted(self, clocked_s3: S3, bucket: str) -> None:
        assert signed_put(clocked_s3, bucket).send(clocked_s3) == (200, "")

    @pytest.mark.parametrize(("change", "code"), CHANGES.values(), ids=CHANGES)
    def test_a_request_that_was_tampered_with_is_refused(
        self, clocked_s3: S3, bucket: str, change: Change, code: str
    ) -> None:
        status, found = change(signed_put(clocked_s3, bucket)).send(clocked_s3)
        assert (status in (400, 403), found) == (True, code)

    @pytest.mark.parametrize(
        ("signer", "code"),
        [
            ({"key": Credentials("OTHER", KEY.secret_key)}, "InvalidAccessKeyId"),
            ({"key": Credentials(KEY.access_key, "other")}, "SignatureDoesNotMatch"),
            ({"region": "us-east-1"}, "AuthorizationHeaderMalformed"),
        ],
    )
    def test_another_key_or_region_is_refused(
        self, clocked_s3: S3, bucket: str, signer: dict[str, Any], code: str
    ) -> None:
        assert signed_put(clocked_s3, bucket, **signer).send(clocked_s3)[1] == code

    @pytest.mark.parametrize("seconds", [-16 * 60, 16 * 60])
    def test_a_request_of_another_time_is_refused(
        self, clocked_s3: S3, bucket: str, clock: FakeClock, seconds: float
    ) -> None:
        request = signed_put(clocked_s3, bucket)
        clock.advance(seconds)
        assert request.send(clocked_s3) == (403, "RequestTimeTooSkewed")


class TestPresignedUrl:
    """Requests with the signature in the query."""

    def presign(self, client: Any, bucket: str, operation: str = "get_object", **more: Any) -> RawRequest:
        client.put_object(Bucket=bucket, Key="a b/é", Body=b"data")
        parameters = {"Bucket": bucket, "Key": "a b/é", **more}
        url = urlsplit(client.generate_presigned_url(operation, Params=parameters, ExpiresIn=60))
        method = "GET" if operation == "get_object" else "PUT"
        return RawRequest(method, f"{url.path}?{url.query}", {"Host": url.netloc})

    def test_get_is_accepted_until_the_url_expires(
        self, clocked_s3: S3, bucket: str, s3_client: Any, clock: FakeClock
    ) -> None:
        request = self.presign(s3_client, bucket)
        assert request.send(clocked_s3) == (200, "")
        clock.advance(58)
        assert request.send(clocked_s3) == (200, "")
        clock.advance(4)
        assert request.send(clocked_s3) == (403, "AccessDenied")

    def test_put_is_accepted_with_the_signed_type_only(self, clocked_s3: S3, bucket: str, s3_client: Any) -> None:
        request = field(body=b"new")(self.presign(s3_client, bucket, "put_object", ContentType="image/png"))
        assert with_headers(request, content_type="image/png").send(clocked_s3) == (200, "")
        assert s3_client.get_object(Bucket=bucket, Key="a b/é")["Body"].read() == b"new"
        assert with_headers(request, content_type="text/html").send(clocked_s3) == (403, "SignatureDoesNotMatch")

    @pytest.mark.parametrize(
        ("old", "new", "code"),
        [
            ("/a%20b/", "/a%20c/", "SignatureDoesNotMatch"),
            ("X-Amz-Expires=60", "X-Amz-Expires=61", "SignatureDoesNotMatch"),
            ("X-Amz-Expires=60", "X-Amz-Expires=604801", "AuthorizationQueryParametersError"),
            ("X-Amz-Expires=60", "", "AuthorizationQueryParametersError"),
            ("X-Amz-Expires=60", "X-Amz-Expires=60&versionId=1", "SignatureDoesNotMatch"),
            (KEY.access_key, "OTHER", "InvalidAccessKeyId"),
            (REGION, "us-east-1", "AuthorizationQueryParametersError"),
            ("%2Fs3%2F", "%2Fsqs%2F", "AuthorizationQueryParametersError"),
            ("X-Amz-SignedHeaders=host", "X-Amz-SignedHeaders=", "AccessDenied"),
            ("X-Amz-Signature=", "X-Amz-Signature=0", "SignatureDoesNotMatch"),
            ("X-Amz-Signature=", "X-Signature=", "AccessDenied"),
        ],
    )
    def test_a_url_that_was_tampered_with_is_refused(
        self, clocked_s3: S3, bucket: str, s3_client: Any, old: str, new: str, code: str
    ) -> None:
        request = self.presign(s3_client, bucket)
        assert old in request.target
        assert target(old, new)(request).send(clocked_s3)[1] == code

    def test_another_method_host_or_an_unsigned_header_is_refused(
        self, clocked_s3: S3, bucket: str, s3_client: Any
    ) -> None:
        request = self.presign(s3_client, bucket)
        assert field(method="DELETE")(request).send(clocked_s3) == (403, "SignatureDoesNotMatch")
        assert with_headers(request, host="localhost").send(clocked_s3) == (403, "SignatureDoesNotMatch")
        assert with_headers(request, x_amz_acl="public-read").send(clocked_s3) == (403, "AccessDenied")

    def test_a_url_for_the_future_is_refused(
        self, clocked_s3: S3, bucket: str, s3_client: Any, clock: FakeClock
    ) -> None:
        request = self.presign(s3_client, bucket)
        clock.advance(-3600)
        assert request.send(clocked_s3) == (403, "AccessDenied")

    def test_a_url_signed_with_another_key_or_region_is_refused(self, clocked_s3: S3) -> None:
        for options in ({"secret_key": "other"}, {"region": "us-east-1"}):
            client = new_session(clocked_s3.url, **options).client("s3")
            url = urlsplit(client.generate_presigned_url("get_object", Params={"Bucket": "b", "Key": "k"}))
            client.close()
            request = RawRequest("GET", f"{url.path}?{url.query}", {"Host": url.netloc})
            assert request.send(clocked_s3)[0] in (400, 403)


def test_conditional_writes_reach_the_storage_one_at_a_time() -> None:
    running: list[int] = []
    most = [0]

    def app(environ: Environ, start_response: Any) -> Iterable[bytes]:
        running.append(1)
        most[0] = max(most[0], len(running))
        time.sleep(0.02)
        running.pop()
        start_response("200 OK", [])
        return [b""]

    middleware, barrier = SigV4Middleware(app, KEY, region=REGION), threading.Barrier(5)

    def write() -> str:
        request = AWSRequest("PUT", "http://localhost/b/k", {"Host": "localhost", "If-None-Match": "*"}, data=b"x")
        S3SigV4Auth(KEY, "s3", REGION).add_auth(request)
        environ = EnvironBuilder(method="PUT", path="/b/k", headers=dict(request.headers), data=b"x").get_environ()
        barrier.wait()
        return str(run_wsgi_app(middleware, environ | {"REQUEST_URI": "/b/k"})[1])

    assert run_concurrently(*[write] * 5) == 5 * ["200 OK"]
    assert most == [1]
