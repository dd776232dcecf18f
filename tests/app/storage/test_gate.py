"""The gate of the test S3 lets nothing pass that S3 would refuse, or our tests of signing would prove nothing."""

from __future__ import annotations

import http.client
import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import msgspec
import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials

from tests.conftest import FakeClock
from tests.support.s3.server import KEY, REGION, S3, new_session


class Sent(msgspec.Struct, frozen=True):
    """A request as it goes over the wire."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes = b""

    def to(self, s3: S3) -> tuple[int, str]:
        """Send it; return the status and the code of the error."""
        connection = http.client.HTTPConnection("127.0.0.1", s3.port, timeout=10)
        connection.request(self.method, self.target, self.body, self.headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        code = re.search("<Code>(.*?)</Code>", text)
        return answer.status, code[1] if code else ""


@pytest.fixture(scope="module")
def bucket(gated_s3: S3) -> str:
    return gated_s3.bucket()


@pytest.fixture(scope="module")
def client(gated_s3: S3) -> Iterator[Any]:
    made = gated_s3.session.client("s3", config=Config(signature_version="s3v4"))
    yield made
    made.close()


def signed(
    s3: S3, bucket: str, *, key: Credentials = KEY, region: str = REGION, headers: dict[str, str] | None = None
) -> Sent:
    """Return a PUT signed in its header by botocore."""
    host = f"127.0.0.1:{s3.port}"
    sent = {"Host": host, "Content-Type": "image/png", "x-amz-meta-a": "1", **(headers or {})}
    target = f"/{bucket}/some/key?x-id=PutObject"
    request = AWSRequest("PUT", f"http://{host}{target}", headers=sent, data=b"data")
    S3SigV4Auth(key, "s3", region).add_auth(request)
    return Sent("PUT", target, dict(request.headers), b"data")


def changed(sent: Sent, **headers: str) -> Sent:
    """Return the request with headers added or replaced; names are written with underscores."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    kept = {name: value for name, value in sent.headers.items() if name.lower() not in named}
    return msgspec.structs.replace(sent, headers=kept | named)


Change = Callable[[Sent], Sent]


def target(old: str, new: str) -> Change:
    """Return what replaces a part of the target."""
    return lambda sent: msgspec.structs.replace(sent, target=sent.target.replace(old, new))


def authorization(old: str, new: str) -> Change:
    """Return what replaces a part of the Authorization header, by a regular expression."""
    return lambda sent: header(authorization=re.sub(old, new, sent.headers["Authorization"]))(sent)


def header(**headers: str) -> Change:
    """Return what adds or replaces headers; names are written with underscores."""
    return lambda sent: changed(sent, **headers)


MISMATCH = "SignatureDoesNotMatch"
MALFORMED = "AuthorizationHeaderMalformed"
TAMPER: dict[str, tuple[Change, str]] = {
    "method": (lambda sent: msgspec.structs.replace(sent, method="POST"), MISMATCH),
    "body": (lambda sent: msgspec.structs.replace(sent, body=b"Data"), "XAmzContentSHA256Mismatch"),
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
    "anonymous": (lambda sent: msgspec.structs.replace(sent, headers={"Host": sent.headers["Host"]}), "AccessDenied"),
}


class TestHeader:
    @pytest.mark.parametrize("key", ["plain", "a b+c%2F~", "Ä/中/!*'()", "a//b"])
    def test_boto3_gets_through(self, gated: S3, bucket: str, client: Any, key: str) -> None:
        client.put_object(Bucket=bucket, Key=key, Body=b"data")
        assert client.get_object(Bucket=bucket, Key=key, Range="bytes=1-2")["Body"].read() == b"at"
        assert [found["Key"] for found in client.list_objects_v2(Bucket=bucket, Prefix=key)["Contents"]] == [key]
        assert client.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": key}]})["Deleted"] == [{"Key": key}]

    def test_what_is_signed_passes(self, gated: S3, bucket: str) -> None:
        assert signed(gated, bucket).to(gated) == (200, "")

    @pytest.mark.parametrize(("tamper", "code"), TAMPER.values(), ids=TAMPER)
    def test_what_was_changed_on_the_way_is_refused(
        self, gated: S3, bucket: str, tamper: Callable[[Sent], Sent], code: str
    ) -> None:
        status, found = tamper(signed(gated, bucket)).to(gated)
        assert (status in (400, 403), found) == (True, code)

    @pytest.mark.parametrize(
        ("given", "code"),
        [
            ({"key": Credentials("OTHER", KEY.secret_key)}, "InvalidAccessKeyId"),
            ({"key": Credentials(KEY.access_key, "other")}, "SignatureDoesNotMatch"),
            ({"region": "us-east-1"}, "AuthorizationHeaderMalformed"),
        ],
    )
    def test_another_key_or_region_is_refused(self, gated: S3, bucket: str, given: dict[str, Any], code: str) -> None:
        assert signed(gated, bucket, **given).to(gated)[1] == code

    @pytest.mark.parametrize("seconds", [-16 * 60, 16 * 60])
    def test_a_request_of_another_time_is_refused(
        self, gated: S3, bucket: str, clock: FakeClock, seconds: float
    ) -> None:
        sent = signed(gated, bucket)
        clock.advance(seconds)
        assert sent.to(gated) == (403, "RequestTimeTooSkewed")


class TestLink:
    """Presigned urls."""

    def link(self, client: Any, bucket: str, what: str = "get_object", **more: Any) -> Sent:
        client.put_object(Bucket=bucket, Key="a b/é", Body=b"data")
        parameters = {"Bucket": bucket, "Key": "a b/é", **more}
        url = client.generate_presigned_url(what, Params=parameters, ExpiresIn=60)
        split = urlsplit(url)
        return Sent("GET" if what == "get_object" else "PUT", f"{split.path}?{split.query}", {"Host": split.netloc})

    def test_get_passes_until_it_expires(self, gated: S3, bucket: str, client: Any, clock: FakeClock) -> None:
        sent = self.link(client, bucket)
        assert sent.to(gated) == (200, "")
        clock.advance(58)
        assert sent.to(gated) == (200, "")
        clock.advance(4)
        assert sent.to(gated) == (403, "AccessDenied")

    def test_put_passes_with_the_type_that_was_signed(self, gated: S3, bucket: str, client: Any) -> None:
        sent = msgspec.structs.replace(self.link(client, bucket, "put_object", ContentType="image/png"), body=b"new")
        assert changed(sent, content_type="image/png").to(gated) == (200, "")
        assert client.get_object(Bucket=bucket, Key="a b/é")["Body"].read() == b"new"
        assert changed(sent, content_type="text/html").to(gated) == (403, "SignatureDoesNotMatch")

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
    def test_a_changed_link_is_refused(
        self, gated: S3, bucket: str, client: Any, old: str, new: str, code: str
    ) -> None:
        sent = self.link(client, bucket)
        assert old in sent.target
        assert msgspec.structs.replace(sent, target=sent.target.replace(old, new)).to(gated)[1] == code

    def test_another_method_host_or_an_unsigned_header_is_refused(self, gated: S3, bucket: str, client: Any) -> None:
        sent = self.link(client, bucket)
        assert msgspec.structs.replace(sent, method="DELETE").to(gated) == (403, "SignatureDoesNotMatch")
        assert changed(sent, host="localhost").to(gated) == (403, "SignatureDoesNotMatch")
        assert changed(sent, x_amz_acl="public-read").to(gated) == (403, "AccessDenied")

    def test_a_link_for_a_time_to_come_is_refused(self, gated: S3, bucket: str, client: Any, clock: FakeClock) -> None:
        sent = self.link(client, bucket)
        clock.advance(-3600)
        assert sent.to(gated) == (403, "AccessDenied")

    def test_a_link_signed_by_another_or_elsewhere_is_refused(self, gated: S3, client: Any) -> None:
        for given in ({"secret_key": "other"}, {"region": "us-east-1"}):
            other = new_session(gated.url, **given).client("s3")
            url = urlsplit(other.generate_presigned_url("get_object", Params={"Bucket": "b", "Key": "k"}))
            other.close()
            assert Sent("GET", f"{url.path}?{url.query}", {"Host": url.netloc}).to(gated)[0] in (400, 403)
