"""One process, one request: ``python -m bench.first_request MODULE:APP SOURCE RESULT``.

Calls the WSGI app as a server would, with an environ made by hand, so that no test client's import
is measured with it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from importlib import import_module
from io import BytesIO
from typing import Any


def environ(body: bytes) -> dict[str, Any]:
    """Return the request ``POST /resize?w=480`` with ``body`` from loopback, as PEP 3333 words it."""
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
    """Return the body of the answer; raise RuntimeError when it is not a 200."""
    said: list[str] = []
    answer = app(environ(body), lambda status, headers, *rest: said.append(status))
    result = b"".join(answer)
    if not said[0].startswith("200"):
        raise RuntimeError(f"expected 200, received {said[0]}: {result[:500]!r}")
    return result


def main(name: str, source: str, result: str) -> None:
    """Import the app, ask once, and write what it answered."""
    with open(source, "rb") as file:
        body = file.read()
    module, _, attribute = name.partition(":")
    answer = call(getattr(import_module(module), attribute), body)
    with open(result, "wb") as file:
        file.write(answer)


if __name__ == "__main__":
    main(*sys.argv[1:])
    # a container is never unwound: what that takes is no part of a start
    os._exit(0)
