"""Writes down what requests to AWS need: the IAM action and the ARN of each, told by what goes over the wire.

Presigned links and forms are seen too, which are used by others but with the function's own rights.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl, unquote
from xml.etree import ElementTree

from tests.infra.iam import Need
from tests.support.wsgi_server import App, Environ, with_body

ACCOUNT = "123456789012"
REGION = "eu-central-1"

_OBJECT = {"GET": "s3:GetObject", "HEAD": "s3:GetObject", "PUT": "s3:PutObject", "DELETE": "s3:DeleteObject"}
_INVOKE = re.compile(r"/2015-03-31/functions/([^/]+)/invocations")


class Recorder:
    """WSGI middleware before an AWS; ``needs`` is everything that was asked for."""

    def __init__(self) -> None:
        self.needs: set[Need] = set()
        self._lock = threading.Lock()
        self._asleep = False

    @contextmanager
    def asleep(self) -> Iterator[None]:
        """Write nothing down within the block: it is the work of somebody else."""
        self._asleep = True
        try:
            yield
        finally:
            self._asleep = False

    def wrap(self, app: App) -> App:
        """Return the app, watched."""

        def watched(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
            body = environ["wsgi.input"].read()
            if not self._asleep:
                with self._lock:
                    self.needs |= needs(environ, body)
            return app(with_body(environ, body), start_response)

        return watched


def needs(environ: Environ, body: bytes) -> set[Need]:
    """Return what one request needs; fail for a request that is not known here, which nobody may overlook."""
    method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"].encode("latin-1").decode()
    if method == "OPTIONS":
        return set()
    if target := environ.get("HTTP_X_AMZ_TARGET"):
        return _json_protocol(target, json.loads(body))
    if invoked := _INVOKE.fullmatch(path):
        return {Need("lambda:InvokeFunction", f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{unquote(invoked[1])}")}
    bucket, _, key = path.lstrip("/").partition("/")
    if key:
        return {Need(_OBJECT[method], f"arn:aws:s3:::{bucket}/{key}")}
    return _bucket(method, dict(parse_qsl(environ["QUERY_STRING"], keep_blank_values=True)), bucket, body)


def _bucket(method: str, query: dict[str, str], bucket: str, body: bytes) -> set[Need]:
    if method == "HEAD" or (method == "GET" and "list-type" in query):
        return {Need("s3:ListBucket", f"arn:aws:s3:::{bucket}")}
    if method == "POST" and "delete" in query:
        found = ElementTree.fromstring(body).findall(".//{*}Object/{*}Key")
        return {Need("s3:DeleteObject", f"arn:aws:s3:::{bucket}/{key.text}") for key in found}
    form = re.search(rb'name="key"\r\n\r\n([^\r]*)\r\n', body)
    if method == "POST" and form:
        return {Need("s3:PutObject", f"arn:aws:s3:::{bucket}/{form[1].decode()}")}
    raise AssertionError(f"what does {method} on a bucket need? {query}")


def _json_protocol(target: str, asked: dict[str, Any]) -> set[Need]:
    """Services whose operation is in a header: https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html"""
    match target.rsplit(".", maxsplit=1)[-1]:
        case "GetParameters":
            prefix = f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter"
            return {Need("ssm:GetParameters", prefix + name) for name in asked["Names"]}
        case "SendMessage":
            account, name = asked["QueueUrl"].split("/")[-2:]
            return {Need("sqs:SendMessage", f"arn:aws:sqs:{REGION}:{account}:{name}")}
        case operation:
            raise AssertionError(f"what does {operation} need?")
