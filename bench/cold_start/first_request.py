"""One process, one request: ``python -m bench.cold_start.first_request MODULE:APP SOURCE RESULT``.

Calls the WSGI app as a server would, with an environ made by hand, so that the import of a test client is not
measured with it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from importlib import import_module
from io import BytesIO
from typing import Any


def environ(body: bytes) -> dict[str, Any]:
    """Return the WSGI environ (PEP 3333) of ``POST /resize?w=480`` with ``body``, from loopback."""
    return {
        "REQUEST_METHOD": "POST",
        "SCRIPT_NAME": "",
        "PATH_INFO": "/resize",
        "QUERY_STRING": "w=480",
        "CONTENT_TYPE": "image/jpeg",
        "CONTENT_LENGTH": str(len(body)),
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "localhost",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }


def call(app: Callable[..., Iterable[bytes]], body: bytes) -> bytes:
    """Return the body of the response; raise RuntimeError unless its status is 200."""
    statuses: list[str] = []
    response = app(environ(body), lambda status, headers, *rest: statuses.append(status))
    result = b"".join(response)
    if not statuses[0].startswith("200"):
        raise RuntimeError(f"expected 200, received {statuses[0]}: {result[:500]!r}")
    return result


def main(name: str, source: str, result: str) -> None:
    """Import the app, send one request, and write the body of the response."""
    with open(source, "rb") as file:
        body = file.read()
    module, _, attribute = name.partition(":")
    response = call(getattr(import_module(module), attribute), body)
    with open(result, "wb") as file:
        file.write(response)


if __name__ == "__main__":
    main(*sys.argv[1:])
    # Lambda never shuts an interpreter down in order, so that time is no part of a start
    os._exit(0)
