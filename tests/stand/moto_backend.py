"""moto in this process, which answers for most of AWS."""

from __future__ import annotations

import threading
from contextlib import nullcontext
from typing import Any, Final
from urllib.parse import unquote_to_bytes

import msgspec
from werkzeug.test import run_wsgi_app

from lab.account.function import REGION
from lab.http.server import Request, Response
from tests.support.aws_permissions import Account
from tests.support.s3.server import moto as app
from tests.support.wsgi_server import Environ, with_body

# not moto's default account, in which other tests of this process leave things
ACCOUNT = Account("111122223333", REGION)
_SQS_LOCK: Final = threading.Lock()


class DeployedVersion(msgspec.Struct, frozen=True):
    """One version of a function; ``archive`` is the uploaded zip."""

    version: str
    archive: bytes
    configuration: dict[str, Any]


def moto(request: Request) -> Response:
    """Return moto's answer to a request; those to SQS are answered one after the other, since it is not thread-safe."""
    with _SQS_LOCK if request.header("X-Amz-Target").startswith("AmazonSQS.") else nullcontext():
        body, status, headers = run_wsgi_app(app(), _environ(request), buffered=True)
    dropped = ("connection",) if request.method == "HEAD" else ("connection", "content-length")
    kept = tuple((name, value) for name, value in headers if name.lower() not in dropped)
    return Response(status=int(status.split()[0]), headers=kept, body=b"".join(body))


def deployed_version(name: str, qualifier: str) -> DeployedVersion | None:
    """Return what is deployed under a name and a version or alias; moto does not serve the zip over HTTP."""
    from moto.awslambda.exceptions import UnknownFunctionException
    from moto.backends import get_backend

    try:
        function = get_backend("lambda")[ACCOUNT.number][ACCOUNT.region].get_function(name, qualifier or None)
    except UnknownFunctionException:
        return None
    configuration = function.get_configuration()
    is_latest = qualifier in ("", "$LATEST")
    return DeployedVersion("$LATEST" if is_latest else configuration["Version"], function.code_bytes, configuration)


def forget_account() -> None:
    """Delete everything in the account, so that the next test module finds an empty one."""
    from moto.core.base_backend import BackendDict

    instances: list[BackendDict[Any]] = BackendDict._instances  # type: ignore[misc]
    for backends in list(instances):
        found = backends.pop(ACCOUNT.number, None)
        if found is not None:
            found.reset()


def set_stack_status(name: str, status: str) -> None:
    """Leave a stack in a state that moto's CloudFormation never reaches."""
    from moto.backends import get_backend

    backend = get_backend("cloudformation")[ACCOUNT.number][ACCOUNT.region]
    (stack,) = backend.describe_stacks(name)
    stack.status = status


def forget_stack(name: str) -> None:
    """Delete a stack that has no resources."""
    from moto.backends import get_backend

    get_backend("cloudformation")[ACCOUNT.number][ACCOUNT.region].delete_stack(name)


def _environ(request: Request) -> Environ:
    environ: Environ = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(request.path).decode("latin-1"),
        "QUERY_STRING": request.query,
        "REQUEST_URI": request.target,
        "RAW_URI": request.target,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": request.peer,
        "CONTENT_TYPE": request.header("Content-Type"),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in request.headers:
        if name.lower() not in ("content-type", "content-length", "transfer-encoding"):
            environ["HTTP_" + name.upper().replace("-", "_")] = value
    return with_body({**environ, "HTTP_X_MOTO_ACCOUNT_ID": ACCOUNT.number}, request.body)
