"""The Lambda Runtime API of one container, which AWS's runtime client polls for its next event.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Final, NamedTuple
from uuid import uuid4

import msgspec

from lab.errors import Failure, InitError, Timeout
from lab.http.head import WholeHeadHandler
from lab.http.sockets import Listener

_PREFIX: Final = "/2018-06-01/runtime"
TOO_LARGE: Final = "Function.ResponseSizeTooLarge"
# no function has more memory; what is too large for its caller is read, and refused by name
_LONGEST_REPLY: Final = 10_240 * 1024 * 1024


class Reply(msgspec.Struct, frozen=True):
    """The function's response as JSON, and the error type when it raised."""

    payload: bytes
    error_type: str = ""


class CallerHeaders(msgspec.Struct, frozen=True):
    """What a caller has for the runtime: a trace header, and the client context in JSON."""

    trace: str = ""
    client_context: str = ""


class Invocation(msgspec.Struct, frozen=True, kw_only=True):
    """One event on its way to the function; ``deadline`` in Unix seconds.

    Raises ValueError when a text is not printable ASCII: the rest goes to the runtime client in headers, which ends
    at any other, and would take what follows a line break for headers or the event.
    """

    request_id: str
    event: bytes
    deadline: float
    arn: str
    client_context: str = ""
    trace: str = ""

    def __post_init__(self) -> None:
        for text in (self.request_id, self.arn, self.client_context, self.trace):
            if not text.isascii() or not text.isprintable():
                raise ValueError(f"expected printable ASCII, received {text!r}")


class _Caller(NamedTuple):
    invocation_id: str
    replies: SimpleQueue[Reply | Failure]


class RuntimeApi:
    """Serves the runtime client of one container on a loopback port; ``invoke`` hands it events.

    On Managed Instances the client is several processes, which ask for events independently of each other.
    ``on_next`` runs in the client's connection whenever it asks for an event, the moment at which Lambda
    freezes a container. ``on_reply`` runs before the reply goes to the caller, and returns whether it may.
    """

    def __init__(
        self,
        *,
        on_next: Callable[[], None] = lambda: None,
        on_reply: Callable[[], bool] = lambda: True,
        response_bytes: int,
    ) -> None:
        self._on_next = on_next
        self._on_reply = on_reply
        self.response_bytes = response_bytes
        self._events: SimpleQueue[tuple[str, Invocation] | None] = SimpleQueue()
        self._lock = threading.Lock()
        self._callers: dict[str, _Caller] = {}
        self._ready = threading.Event()
        self._failure: Failure | None = None
        self._listener = Listener(type("_BoundHandler", (_RuntimeApiHandler,), {"api": self}))

    @property
    def address(self) -> str:
        """Return host and port, for AWS_LAMBDA_RUNTIME_API."""
        return f"127.0.0.1:{self._listener.port}"

    def wait_ready(self, timeout_s: float) -> None:
        """Wait until the function is loaded; raise InitError, Exited or Timeout."""
        if not self._ready.wait(timeout_s):
            raise Timeout(f"not initialized within {timeout_s} s")
        if self._failure:
            raise self._failure

    def invoke(self, invocation: Invocation, *, timeout_s: float | None) -> Reply:
        """Return the function's reply to one event; raise InitError, Exited or Timeout."""
        caller = _Caller(str(uuid4()), SimpleQueue())
        with self._lock:
            if self._failure:
                raise self._failure
            self._callers[invocation.request_id] = caller
        self._events.put((caller.invocation_id, invocation))
        try:
            reply = caller.replies.get(timeout=timeout_s)
        except Empty as exc:
            raise Timeout(f"no answer within {timeout_s} s") from exc
        finally:
            with self._lock:
                self._callers.pop(invocation.request_id, None)
        if isinstance(reply, Failure):
            raise reply
        return reply

    def next(self) -> tuple[str, Invocation] | None:
        """Wait for the next event and its invocation id; None when the container is to end."""
        self._on_next()
        self._ready.set()
        event = self._events.get()
        if event is None:
            self._events.put(None)  # for the next worker that waits
        return event

    def finish(self, request_id: str, invocation_id: str, reply: Reply) -> bool:
        """Deliver a reply to its caller; return False when nobody waits for it any more.

        The invocation id, which the client sends back, tells a late reply from that to a retry with the same
        request id.
        """
        with self._lock:
            caller = self._callers.get(request_id)
        if caller is None or (invocation_id and invocation_id != caller.invocation_id):
            return False
        if self._on_reply():
            caller.replies.put(reply)
        return True

    def fail_init(self, failure: InitError) -> bool:
        """Report that the function cannot be loaded; return False when it was loaded, or this is known already."""
        if self._ready.is_set():
            return False
        self.fail(failure)
        return True

    def fail(self, failure: Failure) -> None:
        """Tell every caller that no reply will come; only the first failure counts."""
        with self._lock:
            if self._failure is not None:
                return
            self._failure = failure
            callers = list(self._callers.values())
        for caller in callers:
            caller.replies.put(failure)
        self._ready.set()

    def close(self) -> None:
        """Stop serving."""
        self._events.put(None)
        self._listener.close()


class _RuntimeApiHandler(WholeHeadHandler):
    api: RuntimeApi

    def do_GET(self) -> None:
        event = self.api.next() if self.path == f"{_PREFIX}/invocation/next" else None
        if event is None:
            self.close_connection = True
            return
        invocation_id, invocation = event
        headers = {
            "Lambda-Runtime-Aws-Request-Id": invocation.request_id,
            "Lambda-Runtime-Invocation-Id": invocation_id,
            "Lambda-Runtime-Deadline-Ms": str(int(invocation.deadline * 1000)),
            "Lambda-Runtime-Invoked-Function-Arn": invocation.arn,
            "Content-Type": "application/json",
        }
        if invocation.trace:
            headers["Lambda-Runtime-Trace-Id"] = invocation.trace
        if invocation.client_context:
            headers["Lambda-Runtime-Client-Context"] = invocation.client_context
        self._send(200, invocation.event, headers)

    def do_POST(self) -> None:
        body = self.whole_body(_LONGEST_REPLY)
        if body is None:  # the process may have ended while it replied: that is no reply
            return
        error_type = self.headers.get("Lambda-Runtime-Function-Error-Type", "")
        parts = self.path.removeprefix(_PREFIX).strip("/").split("/")
        status = 202
        if parts[:2] == ["init", "error"]:
            known = not self.api.fail_init(InitError(body.decode(errors="replace"), error_type or "Runtime.Unknown"))
            status = 403 if known else 202
        elif len(parts) == 3 and parts[2] in ("response", "error"):
            reply = Reply(body, (error_type or "Unhandled") if parts[2] == "error" else "")
            if len(body) > self.api.response_bytes:
                status, reply = 413, _too_large(self.api.response_bytes)
            in_time = self.api.finish(parts[1], self.headers.get("Lambda-Runtime-Invocation-Id", ""), reply)
            status = status if in_time else 410
        self._send(status, b'{"status":"OK"}', {"Content-Type": "application/json"})

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def _too_large(limit: int) -> Reply:
    message = f"Response payload size exceeded maximum allowed payload size ({limit} bytes)."
    return Reply(msgspec.json.encode({"errorMessage": message, "errorType": TOO_LARGE}), TOO_LARGE)
