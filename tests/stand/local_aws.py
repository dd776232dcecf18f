"""The AWS on this machine that Zappa deploys to: moto, and in front of it what moto lacks or does differently.

Everything listens on 127.0.0.1. ``docs/stand.md`` describes each route that moto does not answer alone.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import traceback
from pathlib import Path
from typing import Protocol, Self
from uuid import uuid4

from lab.account.function import REGION
from lab.http.server import Request, Response, json_response, serve
from tests.stand.api_gateway import ApiGateway
from tests.stand.background import Background
from tests.stand.clients import DEPLOYER, FUNCTION, OWNER, Clients
from tests.stand.cloudformation import CloudFormation
from tests.stand.connect_proxy import ConnectProxy
from tests.stand.dead_letters import DeadLetters
from tests.stand.event_source_mappings import EventSourceMappings
from tests.stand.functions import Functions
from tests.stand.lambda_api import LambdaApi
from tests.stand.moto_backend import ACCOUNT, moto
from tests.stand.moto_fixes import MotoFixes
from tests.stand.s3_notifications import S3Notifications
from tests.stand.sqs_redrive import SqsRedrive
from tests.support.credential_scope import credential_scope

_BODY_LIMIT = 64 * 1024 * 1024
_ACCESS_DENIED = b"<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"


class Service(Protocol):
    """A part of AWS that answers some requests itself."""

    def answer(self, request: Request) -> Response | None:
        """Return the answer, or None when the request is for moto or another part."""


class LocalAws:
    """An AWS account in one region; a context manager that leaves no process, thread or file.

    ``python`` runs the functions; ``runtime`` is a directory with what Lambda's runtime provides.
    ``calls`` are the requests in the order they came, ``functions.invocations`` every invocation. The function may
    not read the S3 paths in ``denied``.
    """

    def __init__(self, python: Path, runtime: Path) -> None:
        self._directory = Path(tempfile.mkdtemp(prefix="local-aws-"))
        self.suffix = uuid4().hex[:8]
        self.calls: list[Request] = []
        self.denied: set[str] = set()
        self._http = serve(self._answer, port=0, body_limit=_BODY_LIMIT, refuse=_refuse)
        self.url = f"http://127.0.0.1:{self._http.port}"
        self.client = Clients(self.url)
        self.background = Background()
        dead_letters = DeadLetters(self.client)
        environ = {**self.environ(), "AWS_ACCESS_KEY_ID": FUNCTION}
        self.functions = Functions(
            self._directory, python=python, runtime=runtime, environ=environ, on_failure=dead_letters.deliver
        )
        self.lambda_api = LambdaApi(self.url, self.functions, dead_letters)
        self.notifications = S3Notifications(self.client)
        self._mappings = EventSourceMappings(self.client, self.functions, self.background)
        self._gateway = ApiGateway(self.client, self.functions)
        redrive = SqsRedrive(self.client, self.background)
        self._services: tuple[Service, ...] = (
            *(
                self.lambda_api,
                CloudFormation(self.client),
                MotoFixes(self.client),
                self._mappings,
                redrive,
                self.notifications,
            ),
        )
        self.proxy = ConnectProxy(self._directory, self._http.port)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.proxy.close()
        self.background.close()
        self.functions.close()
        self._http.close()
        shutil.rmtree(self._directory, ignore_errors=True)

    def _answer(self, request: Request) -> Response:
        self.calls.append(request)
        try:
            return self._route(request)
        except Exception:
            summary = f"{request.method} {request.target} {request.body[:200]!r}"
            self.background.errors.append(f"{summary}\n{traceback.format_exc()}")
            return json_response(500, {"message": "the local AWS failed"})

    def _route(self, request: Request) -> Response:
        if response := self._gateway.answer(request):
            return response
        if request.path in self.denied and credential_scope(request).access_key == FUNCTION:
            return Response(status=403, headers=(("Content-Type", "application/xml"),), body=_ACCESS_DENIED)
        for service in self._services:
            if response := service.answer(request):
                return response
        response = moto(request)
        if response.status < 300:
            self.notifications.object_put(request)
            self._mappings.message_sent(request)
        return response

    @property
    def is_idle(self) -> bool:
        """Return whether no work is left that AWS does on its own."""
        return self.background.is_idle and not self.functions.pending

    @property
    def errors(self) -> list[str]:
        """Return the tracebacks of what failed in the local AWS itself."""
        return self.background.errors

    def environ(self) -> dict[str, str]:
        """Return the variables that lead the AWS clients of another process here, and nowhere else."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": OWNER,
            "AWS_SECRET_ACCESS_KEY": "known/to+this+aws+only",
            "AWS_DEFAULT_REGION": REGION,
            "AWS_REGION": REGION,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def deployer_environ(self) -> dict[str, str]:
        """Return the variables for a deployer's shell, which also reaches API Gateway through the proxy."""
        return {
            **self.environ(),
            "AWS_ACCESS_KEY_ID": DEPLOYER,
            "HTTPS_PROXY": self.proxy.url,
            "https_proxy": self.proxy.url,
            "NO_PROXY": "127.0.0.1",
            "no_proxy": "127.0.0.1",
            "REQUESTS_CA_BUNDLE": str(self.proxy.authority),
        }

    def create_bucket(self, name: str) -> str:
        """Create the bucket ``{name}-{suffix}``, since bucket names are global, and return its name."""
        bucket = f"{name}-{self.suffix}"
        self.client("s3").create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
        return bucket

    def bucket_names(self) -> set[str]:
        """Return the names of all buckets."""
        return {each["Name"] for each in self.client("s3").list_buckets()["Buckets"]}

    def send(self, method: str, url: str, *, body: bytes = b"", **headers: str) -> Response:
        """Return API Gateway's answer to a request for one of its URLs, without going through the proxy."""
        host, _, path = url.removeprefix("https://").partition("/")
        sent = (("Host", host), *((name.replace("_", "-"), value) for name, value in headers.items()))
        return self._answer(Request(method=method, target=f"/{path}", headers=sent, body=body))


def _refuse(status: int) -> Response:
    return json_response(status, {"message": f"account {ACCOUNT.number} accepts requests of {_BODY_LIMIT} bytes"})
