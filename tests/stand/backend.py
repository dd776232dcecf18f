"""moto, in this process: AWS's control planes as far as it knows them."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote_to_bytes

import msgspec
from werkzeug.test import run_wsgi_app

from lab.accounts.function import REGION
from lab.http.server import Request, Response
from tests.support.s3.server import moto as app
from tests.support.wsgi_server import Environ, with_body

# not moto's own: what other tests leave in this process is another account's
ACCOUNT = "111122223333"


class Code(msgspec.Struct, frozen=True):
    """One version of a function as it was deployed; ``archive`` is the uploaded zip."""

    version: str
    archive: bytes
    configuration: dict[str, Any]


def moto(request: Request) -> Response:
    """Return moto's answer."""
    body, status, headers = run_wsgi_app(app(), _environ(request), buffered=True)
    kept = tuple((name, value) for name, value in headers if name.lower() not in ("connection", "content-length"))
    return Response(status=int(status.split()[0]), headers=kept, body=b"".join(body))


def code_of(name: str, qualifier: str) -> Code | None:
    """Return what is deployed under a name and version or alias; moto tells the zip to nobody over HTTP."""
    from moto.awslambda.exceptions import UnknownFunctionException
    from moto.backends import get_backend

    try:
        function = get_backend("lambda")[ACCOUNT][REGION].get_function(name, qualifier or None)
    except UnknownFunctionException:
        return None
    told = function.get_configuration()
    latest = qualifier in ("", "$LATEST")
    return Code("$LATEST" if latest else told["Version"], function.code_bytes, told)


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
    return with_body({**environ, "HTTP_X_MOTO_ACCOUNT_ID": ACCOUNT}, request.body)
