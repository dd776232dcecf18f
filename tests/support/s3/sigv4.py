"""A gate in front of an S3 that believes everybody: only requests signed as S3 demands pass.

Signatures are computed by botocore's own signing code. Answers follow AWS's error codes:
https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
"""

from __future__ import annotations

import hmac
import re
import threading
import time
from calendar import timegm
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import unquote

import msgspec
from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.support.s3 import form_post, signed_body
from tests.support.s3.http_server import App, Environ, with_body
from tests.support.s3.signed_body import Refused

CONDITIONS = {"HTTP_IF_NONE_MATCH", "HTTP_IF_MATCH"}
SKEW_S = 15 * 60
LONGEST_S = 7 * 24 * 3600
HEADER = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(?P<scope>[^,\s]+),\s*SignedHeaders=(?P<signed>[^,\s]+),"
    r"\s*Signature=(?P<signature>[0-9a-f]{64})"
)


class Received(msgspec.Struct, frozen=True):
    """One request as it came: ``target`` is the undecoded path and query, header names are lower-case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def query(self) -> list[tuple[str, str]]:
        """Return the undecoded pairs of the query."""
        pairs = (pair.partition("=") for pair in self.target.partition("?")[2].split("&") if pair)
        return [(name, value) for name, _, value in pairs]


class Claim(msgspec.Struct, frozen=True):
    """What a request says of its signature; ``scope`` is key, day, region, service and ``aws4_request``."""

    scope: str
    stamp: str
    signed: str
    signature: str


class Gate:
    """WSGI middleware that knows one ``key``; ``now`` is in Unix seconds."""

    def __init__(self, app: App, key: Credentials, *, region: str, now: Callable[[], float] = time.time) -> None:
        self._app = app
        self._key = key
        self._region = region
        self.now = now
        self._conditional = threading.Lock()

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        body = environ["wsgi.input"].read()
        received = Received(environ["REQUEST_METHOD"], environ["REQUEST_URI"], _headers(environ), body)
        try:
            self._verify(received, environ)
            headers, plain = signed_body.plain(received.headers, body)
        except Refused as exc:
            return exc.answer(start_response)
        return self._pass(_with_headers(with_body(environ, plain), headers), start_response)

    def _pass(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] != "PUT" or not CONDITIONS & environ.keys():
            return self._app(environ, start_response)
        with self._conditional:  # moto looks and then writes: two writers could both see a free key
            return list(self._app(environ, start_response))

    def _verify(self, received: Received, environ: Environ) -> None:
        query = dict(received.query)
        if received.method == "OPTIONS":
            return  # browsers do not sign the question whether they may ask
        if "authorization" in received.headers:
            self._verify_header(received)
        elif "X-Amz-Signature" in query:
            self._verify_query(received, query)
        elif received.method == "POST" and received.headers.get("content-type", "").startswith("multipart/form-data"):
            self._verify_form(form_post.read_form(with_body(environ, received.body)), received)
        else:
            raise Refused(403, "AccessDenied", "Access Denied")

    def _verify_header(self, received: Received) -> None:
        match = HEADER.fullmatch(received.headers["authorization"])
        if match is None:
            raise Refused(400, "AuthorizationHeaderMalformed", "The authorization header is malformed")
        claim = Claim(stamp=received.headers.get("x-amz-date", ""), **match.groupdict())
        self._require_scope(claim, "AuthorizationHeaderMalformed")
        if abs(self.now() - _seconds(claim.stamp)) > SKEW_S:
            raise Refused(403, "RequestTimeTooSkewed", "The difference between the request time and now is too large")
        signed_body.require_hash(received.headers, received.body)
        self._require_signature(received, claim, S3SigV4Auth(self._key, "s3", self._region), received.target)

    def _verify_query(self, received: Received, query: dict[str, str]) -> None:
        names = ("X-Amz-Credential", "X-Amz-Date", "X-Amz-SignedHeaders", "X-Amz-Signature")
        claim = Claim(*(unquote(query.get(name, "")) for name in names))
        self._require_scope(claim, "AuthorizationQueryParametersError")
        lifetime = query.get("X-Amz-Expires", "")
        if query.get("X-Amz-Algorithm") != "AWS4-HMAC-SHA256" or not lifetime.isdecimal() or int(lifetime) > LONGEST_S:
            raise Refused(400, "AuthorizationQueryParametersError", "X-Amz-Expires must be less than a week")
        if _seconds(claim.stamp) - self.now() > SKEW_S:
            raise Refused(403, "AccessDenied", "Request is not valid yet")
        if self.now() > _seconds(claim.stamp) + int(lifetime):
            raise Refused(403, "AccessDenied", "Request has expired")
        unsigned = "&".join(f"{name}={value}" for name, value in received.query if name != "X-Amz-Signature")
        path = received.target.partition("?")[0]
        signer = S3SigV4QueryAuth(self._key, "s3", self._region)
        self._require_signature(received, claim, signer, f"{path}?{unsigned}")

    def _verify_form(self, form: form_post.Form, received: Received) -> None:
        fields = form.fields
        names = ("x-amz-credential", "x-amz-date", "", "x-amz-signature")
        claim = Claim(*(fields.get(name, "") for name in names))
        self._require_scope(claim, "InvalidRequest")
        signer = SigV4Auth(self._key, "s3", self._region)
        _require_equal(signer.signature(fields.get("policy", ""), _request(received, claim, received.target)), claim)
        form_post.require_policy(form, bucket=received.target.split("/")[1].partition("?")[0], now=self.now())

    def _require_scope(self, claim: Claim, malformed: str) -> None:
        access_key, day, region, service, kind = (claim.scope.split("/") + [""] * 5)[:5]
        if access_key != self._key.access_key:
            raise Refused(403, "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records")
        if region != self._region:
            text = f"the region '{region}' is wrong; expecting '{self._region}'"
            raise Refused(400, malformed, text, {"Region": self._region})
        if (day, service, kind) != (claim.stamp[:8], "s3", "aws4_request"):
            raise Refused(400, malformed, "the credential scope is malformed")

    def _require_signature(self, received: Received, claim: Claim, signer: SigV4Auth, target: str) -> None:
        signed = claim.signed.split(";")
        loose = {name for name in received.headers if name.startswith("x-amz-")} - set(signed)
        if "host" not in signed or loose:
            raise Refused(403, "AccessDenied", "There were headers present in the request which were not signed")
        request = _request(received, claim, target)
        _require_equal(
            signer.signature(signer.string_to_sign(request, signer.canonical_request(request)), request), claim
        )


def _request(received: Received, claim: Claim, target: str) -> AWSRequest:
    headers = {name: received.headers[name] for name in claim.signed.split(";") if name in received.headers}
    request = AWSRequest(method=received.method, url="http://" + received.headers["host"] + target, headers=headers)
    request.context["timestamp"] = claim.stamp
    return request


def _require_equal(signature: str, claim: Claim) -> None:
    if not hmac.compare_digest(signature, claim.signature):
        raise Refused(403, "SignatureDoesNotMatch", "The request signature we calculated does not match yours")


def _seconds(stamp: str) -> float:
    try:
        return timegm(time.strptime(stamp, "%Y%m%dT%H%M%SZ"))
    except ValueError:
        raise Refused(403, "AccessDenied", "AWS authentication requires a valid date") from None


def _headers(environ: Environ) -> dict[str, str]:
    sent = {key[5:].replace("_", "-").lower(): value for key, value in environ.items() if key.startswith("HTTP_")}
    own = {"content-type": environ.get("CONTENT_TYPE"), "content-length": environ.get("CONTENT_LENGTH")}
    return {**sent, **{name: value for name, value in own.items() if value}}


def _with_headers(environ: Environ, headers: Mapping[str, str]) -> Environ:
    own = {key: value for key, value in environ.items() if not key.startswith("HTTP_")}
    sent = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()}
    return own | {key: value for key, value in sent.items() if key not in ("HTTP_CONTENT_TYPE", "HTTP_CONTENT_LENGTH")}
