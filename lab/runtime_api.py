"""The Lambda Runtime API of one container: what AWS's runtime client asks for its next event.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

from __future__ import annotations

import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Empty, SimpleQueue
from typing import Final
from uuid import uuid4

import msgspec

_PREFIX: Final = "/2018-06-01/runtime"


class Reply(msgspec.Struct, frozen=True):
    """What the function answered: its JSON, and the error type when it raised."""

    payload: bytes
    error_type: str = ""


class InitError(Exception):
    """The runtime could not load the function; the text is its report."""


class Timeout(Exception):
    """The function did not answer in time."""


class Invocation(msgspec.Struct, frozen=True):
    """One event on its way to the function; ``deadline`` in Unix seconds."""

    request_id: str
    event: bytes
    deadline: float
    reply: SimpleQueue[Reply | InitError]


class RuntimeApi:
    """Serves one runtime client on a loopback port; ``invoke`` hands it events, one at a time."""

    def __init__(self, function_arn: str = "arn:aws:lambda:eu-west-1:000000000000:function:local") -> None:
        self.function_arn = function_arn
        self._waiting: SimpleQueue[Invocation | None] = SimpleQueue()
        self._current: Invocation | None = None
        self._failed: InitError | None = None
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.api = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    @property
    def address(self) -> str:
        """Return host and port, for AWS_LAMBDA_RUNTIME_API."""
        host, port = self._server.server_address[:2]
        return f"{host!s}:{port}"

    def invoke(self, event: bytes, *, timeout_s: float) -> Reply:
        """Return the function's answer to one event; raise InitError or Timeout."""
        if self._failed:
            raise self._failed
        call = Invocation(str(uuid4()), event, time.time() + timeout_s, SimpleQueue())
        self._current = call
        self._waiting.put(call)
        try:
            answer = call.reply.get(timeout=timeout_s)
        except Empty as exc:
            raise Timeout(f"no answer within {timeout_s} s") from exc
        if isinstance(answer, InitError):
            raise answer
        return answer

    def next(self) -> Invocation | None:
        """Wait for the next event; None when the container is to end."""
        return self._waiting.get()

    def finish(self, request_id: str, reply: Reply) -> None:
        """Deliver an answer to whoever invoked; one for another request is dropped, as Lambda does."""
        if self._current and self._current.request_id == request_id:
            self._current.reply.put(reply)

    def fail_init(self, report: bytes) -> None:
        """Deliver the report of a function that could not be loaded."""
        self._failed = InitError(report.decode(errors="replace"))
        if self._current:
            self._current.reply.put(self._failed)

    def close(self) -> None:
        """Stop serving."""
        self._waiting.put(None)
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    api: RuntimeApi
    daemon_threads = True


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    # small writes held back by Nagle's algorithm cost 40 ms each against a client that delays its ACK
    disable_nagle_algorithm = True
    wbufsize = -1

    def do_GET(self) -> None:
        call = self.server.api.next() if self.path == f"{_PREFIX}/invocation/next" else None
        if call is None:
            return self._send(410, b"", {})
        headers = {
            "Lambda-Runtime-Aws-Request-Id": call.request_id,
            "Lambda-Runtime-Deadline-Ms": str(int(call.deadline * 1000)),
            "Lambda-Runtime-Invoked-Function-Arn": self.server.api.function_arn,
            "Content-Type": "application/json",
        }
        return self._send(200, call.event, headers)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        error_type = self.headers.get("Lambda-Runtime-Function-Error-Type", "")
        parts = self.path.removeprefix(_PREFIX).strip("/").split("/")
        if parts[:2] == ["init", "error"]:
            self.server.api.fail_init(body)
        elif len(parts) == 3 and parts[2] in ("response", "error"):
            # acknowledge first: the caller's next event must not wait for this connection
            error_type = error_type or ("Unknown" if parts[2] == "error" else "")
            self.server.api.finish(parts[1], Reply(body, error_type))
        self._send(202, b'{"status":"OK"}', {"Content-Type": "application/json"})

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet: the lab writes its own lines."""
