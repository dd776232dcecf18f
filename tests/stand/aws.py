"""The AWS that ``zappa deploy`` is tested against: moto, with a shim in front for what moto leaves out.

Everything listens on 127.0.0.1. ``docs/stand.md`` tells each route of the shim and why it is there.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

from lab.accounts.function import REGION
from lab.http.server import Request, Response, json_response, serve
from tests.stand import dead_letters, gateway, mappings, notifications, repairs, shim, sqs_redrive
from tests.stand.backend import ACCOUNT, moto
from tests.stand.containers import Containers
from tests.stand.proxy import Proxy
from tests.stand.signed import DEPLOYER, FUNCTION, OWNER, scope
from tests.support.s3.server import new_session

_BODY_LIMIT = 64 * 1024 * 1024
_DENIED = b"<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"


class Stand:
    """An AWS account in one region; a context manager that leaves no process, thread or file.

    ``python`` runs the functions, ``runtime`` is a directory with what Lambda carries beside them.
    ``calls`` are the requests in the order they came, ``containers.runs`` every invocation, and
    ``broken`` what the stand itself failed at. The function may not read the S3 paths in ``denied``.
    """

    def __init__(self, python: Path, runtime: Path) -> None:
        self._directory = Path(tempfile.mkdtemp(prefix="stand-"))
        self.suffix = uuid4().hex[:8]
        self.calls: list[Request] = []
        self.broken: list[str] = []
        self.denied: set[str] = set()
        self.provisioned: dict[tuple[str, str], int] = {}
        self.dead_letters: dict[str, str] = {}
        self.notifications: dict[str, bytes] = {}
        self.mappings: dict[str, dict[str, Any]] = {}
        self.moves: list[dict[str, Any]] = []
        self._background = ThreadPoolExecutor(4, thread_name_prefix="stand")
        self._busy = 0
        self._lock = threading.Lock()
        self._http = serve(self._answer, port=0, body_limit=_BODY_LIMIT, too_large=_too_large)
        self.url = f"http://127.0.0.1:{self._http.port}"
        self.containers = Containers(
            self._directory,
            python=python,
            runtime=runtime,
            environ={**self.environ(), "AWS_ACCESS_KEY_ID": FUNCTION},
            given_up=partial(dead_letters.deliver, self),
        )
        self.proxy = Proxy(self._directory, self._http.port)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.proxy.close()
        self._background.shutdown()
        self.containers.close()
        self._http.close()
        shutil.rmtree(self._directory, ignore_errors=True)

    def _answer(self, request: Request) -> Response:
        self.calls.append(request)
        try:
            return self._route(request)
        except Exception:
            self.broken.append(f"{request.method} {request.target} {request.body[:200]!r}\n{traceback.format_exc()}")
            return json_response(500, {"message": "the stand is broken"})

    def _route(self, request: Request) -> Response:
        api = gateway.api_id(request)
        if api:
            return gateway.answer(self, api, request)
        if request.path in self.denied and scope(request).key == FUNCTION:
            return Response(status=403, headers=(("Content-Type", "application/xml"),), body=_DENIED)
        for part in (shim, repairs, mappings, sqs_redrive, notifications):
            if answered := part.answer(self, request):
                return answered
        answered = moto(request)
        if answered.status < 300:
            notifications.put(self, request)
            mappings.sent(self, request)
        return answered

    def background(self, work: Callable[..., None], *arguments: Any) -> None:
        """Do something of AWS's own, that nobody waits for."""
        with self._lock:
            self._busy += 1
        self._background.submit(self._noting, work, *arguments)

    @property
    def is_quiet(self) -> bool:
        """Say whether nothing is going on any more that nobody waits for."""
        return not self._busy and not self.containers.waiting

    def _noting(self, work: Callable[..., None], *arguments: Any) -> None:
        try:
            work(*arguments)
        except Exception:
            self.broken.append(traceback.format_exc())
        finally:
            with self._lock:
                self._busy -= 1

    def environ(self) -> dict[str, str]:
        """Return the variables that lead AWS clients of another process here, and to nothing else."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": OWNER,
            "AWS_SECRET_ACCESS_KEY": "known/to+this+stand+only",
            "AWS_DEFAULT_REGION": REGION,
            "AWS_REGION": REGION,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def deployer(self) -> dict[str, str]:
        """Return what a deployer's shell needs beside: the way to API Gateway's hosts, and its authority."""
        return {
            **self.environ(),
            "AWS_ACCESS_KEY_ID": DEPLOYER,
            "HTTPS_PROXY": self.proxy.url,
            "https_proxy": self.proxy.url,
            "NO_PROXY": "127.0.0.1",
            "no_proxy": "127.0.0.1",
            "REQUESTS_CA_BUNDLE": str(self.proxy.authority),
        }

    @cache  # noqa: B019 - as long as the stand
    def client(self, service: str, key: str = OWNER) -> Any:
        """Return a boto3 client of this account, of its owner's or whose access key that is."""
        return new_session(self.url, access_key=key, region=REGION).client(service)

    def bucket(self, kind: str) -> None:
        """Make the bucket ``{kind}-{suffix}``: the names of buckets are everybody's."""
        where = {"LocationConstraint": REGION}
        self.client("s3").create_bucket(Bucket=f"{kind}-{self.suffix}", CreateBucketConfiguration=where)

    def send(self, method: str, url: str, *, body: bytes = b"", **headers: str) -> Response:
        """Return what API Gateway answers to a request for one of its own urls, without the detour by the proxy."""
        host, _, path = url.removeprefix("https://").partition("/")
        given = (("Host", host), *((name.replace("_", "-"), value) for name, value in headers.items()))
        return self._answer(Request(method=method, target=f"/{path}", headers=given, body=body))


def _too_large() -> Response:
    return json_response(413, {"message": f"account {ACCOUNT} takes {_BODY_LIMIT} bytes"})
