"""Signature checks in front of an S3 server that has none: only requests signed as S3 demands pass.

Signatures are computed by botocore's own signing code, errors are those of AWS:
https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-authenticating-requests.html
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
from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth  # type: ignore[import-untyped]
from botocore.awsrequest import AWSRequest  # type: ignore[import-untyped]
from botocore.credentials import Credentials  # type: ignore[import-untyped]

from tests.support.s3 import payload, post_policy
from tests.support.s3.errors import S3Error
from tests.support.wsgi_server import App, Environ, with_body

CONDITIONAL_HEADERS = {"HTTP_IF_NONE_MATCH", "HTTP_IF_MATCH"}
MAX_SKEW_S = 15 * 60
MAX_AGE_S = 7 * 24 * 3600
AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(?P<credential>[^,\s]+),\s*SignedHeaders=(?P<signed_headers>[^,\s]+),"
    r"\s*Signature=(?P<signature>[0-9a-f]{64})"
)


class S3Request(msgspec.Struct, frozen=True):
    """One request as received: ``target`` is the raw path and query, header names are lower-case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def query(self) -> list[tuple[str, str]]:
        """Return the name and value pairs of the query, still percent-encoded."""
        pairs = (pair.partition("=") for pair in self.target.partition("?")[2].split("&") if pair)
        return [(name, value) for name, _, value in pairs]


class Signature(msgspec.Struct, frozen=True):
    """The parts of a version 4 signature; the credential is access key, day, region, service and ``aws4_request``."""

    credential: str
    date: str
    signed_headers: str
    signature: str


class SigV4Middleware:
    """WSGI middleware that accepts signatures of one ``key``; ``now`` returns Unix seconds."""

    def __init__(self, app: App, key: Credentials, *, region: str, now: Callable[[], float] = time.time) -> None:
        self._app = app
        self._key = key
        self._region = region
        self.now = now
        self._conditional_write = threading.Lock()

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        body = environ["wsgi.input"].read()
        request = S3Request(environ["REQUEST_METHOD"], environ["REQUEST_URI"], _headers(environ), body)
        try:
            self._verify(request, environ)
            headers, decoded = payload.decode(request.headers, body)
        except S3Error as exc:
            return exc.respond(start_response)
        return self._forward(_with_headers(with_body(environ, decoded), headers), start_response)

    def _forward(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] != "PUT" or not CONDITIONAL_HEADERS & environ.keys():
            return self._app(environ, start_response)
        with self._conditional_write:  # moto checks and then writes: two writers could both find the key free
            return list(self._app(environ, start_response))

    def _verify(self, request: S3Request, environ: Environ) -> None:
        query = dict(request.query)
        if request.method == "OPTIONS":
            return  # browsers do not sign CORS preflights
        if "authorization" in request.headers:
            self._verify_header(request)
        elif "X-Amz-Signature" in query:
            self._verify_query(request, query)
        elif request.method == "POST" and request.headers.get("content-type", "").startswith("multipart/form-data"):
            self._verify_form(post_policy.parse_form(with_body(environ, request.body)), request)
        else:
            raise S3Error(403, "AccessDenied", "Access Denied")

    def _verify_header(self, request: S3Request) -> None:
        match = AUTHORIZATION.fullmatch(request.headers["authorization"])
        if match is None:
            raise S3Error(400, "AuthorizationHeaderMalformed", "The authorization header is malformed")
        signature = Signature(date=request.headers.get("x-amz-date", ""), **match.groupdict())
        self._check_credential(signature, "AuthorizationHeaderMalformed")
        if abs(self.now() - _seconds(signature.date)) > MAX_SKEW_S:
            raise S3Error(403, "RequestTimeTooSkewed", "The difference between the request time and now is too large")
        payload.check_hash(request.headers, request.body)
        self._check_signature(request, signature, S3SigV4Auth(self._key, "s3", self._region), request.target)

    def _verify_query(self, request: S3Request, query: dict[str, str]) -> None:
        names = ("X-Amz-Credential", "X-Amz-Date", "X-Amz-SignedHeaders", "X-Amz-Signature")
        signature = Signature(*(unquote(query.get(name, "")) for name in names))
        self._check_credential(signature, "AuthorizationQueryParametersError")
        expires = query.get("X-Amz-Expires", "")
        if query.get("X-Amz-Algorithm") != "AWS4-HMAC-SHA256" or not expires.isdecimal() or int(expires) > MAX_AGE_S:
            raise S3Error(400, "AuthorizationQueryParametersError", "X-Amz-Expires must be less than a week")
        if _seconds(signature.date) - self.now() > MAX_SKEW_S:
            raise S3Error(403, "AccessDenied", "Request is not valid yet")
        if self.now() > _seconds(signature.date) + int(expires):
            raise S3Error(403, "AccessDenied", "Request has expired")
        unsigned = "&".join(f"{name}={value}" for name, value in request.query if name != "X-Amz-Signature")
        path = request.target.partition("?")[0]
        signer = S3SigV4QueryAuth(self._key, "s3", self._region)
        self._check_signature(request, signature, signer, f"{path}?{unsigned}")

    def _verify_form(self, form: post_policy.PostForm, request: S3Request) -> None:
        fields = form.fields
        names = ("x-amz-credential", "x-amz-date", "", "x-amz-signature")
        signature = Signature(*(fields.get(name, "") for name in names))
        self._check_credential(signature, "InvalidRequest")
        signer = SigV4Auth(self._key, "s3", self._region)
        policy = fields.get("policy", "")
        _check_equal(signer.signature(policy, _signed_request(request, signature, request.target)), signature)
        post_policy.check_policy(form, bucket=request.target.split("/")[1].partition("?")[0], now=self.now())

    def _check_credential(self, signature: Signature, error_code: str) -> None:
        access_key, day, region, service, kind = (signature.credential.split("/") + [""] * 5)[:5]
        if access_key != self._key.access_key:
            raise S3Error(403, "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records")
        if region != self._region:
            message = f"the region '{region}' is wrong; expecting '{self._region}'"
            raise S3Error(400, error_code, message, {"Region": self._region})
        if (day, service, kind) != (signature.date[:8], "s3", "aws4_request"):
            raise S3Error(400, error_code, "the credential scope is malformed")

    def _check_signature(self, request: S3Request, signature: Signature, signer: SigV4Auth, target: str) -> None:
        signed = signature.signed_headers.split(";")
        unsigned = {name for name in request.headers if name.startswith("x-amz-")} - set(signed)
        if "host" not in signed or unsigned:
            raise S3Error(403, "AccessDenied", "There were headers present in the request which were not signed")
        signed_request = _signed_request(request, signature, target)
        text = signer.string_to_sign(signed_request, signer.canonical_request(signed_request))
        _check_equal(signer.signature(text, signed_request), signature)


def _signed_request(request: S3Request, signature: Signature, target: str) -> AWSRequest:
    """Return what was signed, as botocore represents it: the request with its signed headers only."""
    headers = {name: request.headers[name] for name in signature.signed_headers.split(";") if name in request.headers}
    signed = AWSRequest(method=request.method, url="http://" + request.headers["host"] + target, headers=headers)
    signed.context["timestamp"] = signature.date
    return signed


def _check_equal(expected: str, signature: Signature) -> None:
    if not hmac.compare_digest(expected, signature.signature):
        raise S3Error(403, "SignatureDoesNotMatch", "The request signature we calculated does not match yours")


def _seconds(date: str) -> float:
    try:
        return timegm(time.strptime(date, "%Y%m%dT%H%M%SZ"))
    except ValueError:
        raise S3Error(403, "AccessDenied", "AWS authentication requires a valid date") from None


def _headers(environ: Environ) -> dict[str, str]:
    sent = {key[5:].replace("_", "-").lower(): value for key, value in environ.items() if key.startswith("HTTP_")}
    body = {"content-type": environ.get("CONTENT_TYPE"), "content-length": environ.get("CONTENT_LENGTH")}
    return {**sent, **{name: value for name, value in body.items() if value}}


def _with_headers(environ: Environ, headers: Mapping[str, str]) -> Environ:
    """Return the environment with these headers in place of its own; those of the body are kept."""
    rest = {key: value for key, value in environ.items() if not key.startswith("HTTP_")}
    sent = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()}
    return rest | {key: value for key, value in sent.items() if key not in ("HTTP_CONTENT_TYPE", "HTTP_CONTENT_LENGTH")}
