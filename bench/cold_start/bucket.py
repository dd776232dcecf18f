"""An S3 bucket in memory on loopback, for the few calls that a new object takes; signatures are not checked."""

from __future__ import annotations

import os
from collections.abc import Mapping
from email.utils import formatdate
from hashlib import md5
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import TracebackType
from typing import Final
from urllib.parse import unquote

NAME: Final = "bench-bucket"


class MemoryBucket:
    """The bucket, while its server runs; a context manager. ``objects`` are bytes by key."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        handler = type("Handler", (_Handler,), {"objects": self.objects})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self._thread = Thread(target=self._server.serve_forever, daemon=True)

    def environment(self) -> Mapping[str, str]:
        """Return the variables that point the AWS SDK and our storage to this bucket."""
        return {
            "MONOLAMBDA_STORAGE": f"s3://{NAME}",
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self._server.server_address[1]}",
            "AWS_ACCESS_KEY_ID": "bench",
            "AWS_SECRET_ACCESS_KEY": "not checked",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        }

    def __enter__(self) -> MemoryBucket:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Handler(BaseHTTPRequestHandler):
    objects: dict[str, bytes]
    protocol_version = "HTTP/1.1"  # the SDK keeps its connections
    disable_nagle_algorithm = True

    def do_PUT(self) -> None:
        self.objects[self._key()] = data = self.rfile.read(int(self.headers["Content-Length"]))
        self._answer(200, b"", data)

    def do_GET(self) -> None:
        data = self.objects.get(self._key())
        self._answer(404 if data is None else 200, data or b"", data or b"")

    def do_HEAD(self) -> None:
        self.do_GET()

    def _key(self) -> str:
        return unquote(self.path.partition("?")[0]).removeprefix(f"/{NAME}/")

    def _answer(self, status: int, body: bytes, stored: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Type", "image/jpeg")
        self.send_header("ETag", f'"{md5(stored, usedforsecurity=False).hexdigest()}"')
        self.send_header("Last-Modified", formatdate(0, usegmt=True))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing."""
