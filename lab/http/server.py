"""A small threaded HTTP/1.1 server: requests and responses are values, connections are kept alive."""

from __future__ import annotations

import contextlib
import re
import socket
import traceback
from collections.abc import Callable
from typing import Final

import msgspec

from lab.http.fields import is_token, is_value
from lab.http.head import WholeHeadHandler
from lab.http.sockets import Listener

Headers = tuple[tuple[str, str], ...]

# how much of what is refused is read and dropped, so that the client can read the response
_DRAIN_BYTES: Final = 64 * 1024 * 1024
# how long a client that was refused may be silent before it is dropped
_LINGER_S: Final = 1.0
# the server's own business: where a response ends
_FRAMING: Final = frozenset({"content-length", "transfer-encoding"})
_THIS_MACHINE: Final = r"(?:127\.0\.0\.1|localhost|\[::1\])(?::[0-9]*)?"
_HOST: Final = re.compile(_THIS_MACHINE, re.IGNORECASE)
_ORIGIN: Final = re.compile(f"(?:https?://{_THIS_MACHINE})?", re.IGNORECASE)
NOT_LOCAL: Final = "Host and Origin: expected 127.0.0.1, localhost or [::1]"


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """One request as it arrived; ``target`` is path and query, still percent-encoded."""

    method: str
    target: str
    headers: Headers = ()
    body: bytes = b""
    peer: str = "127.0.0.1"

    @property
    def path(self) -> str:
        """Return the path, still percent-encoded."""
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        """Return the query, still percent-encoded."""
        return self.target.partition("?")[2]

    def header(self, name: str) -> str:
        """Return the last value of a header, or an empty string."""
        return next((value for key, value in reversed(self.headers) if key.lower() == name.lower()), "")

    @property
    def is_local(self) -> bool:
        """Return whether it is addressed to this machine by name and not sent by another site's page.

        Such a page reaches ports of this machine too, and reads the answers where its own host name resolves to
        127.0.0.1 (DNS rebinding).
        """
        return bool(_HOST.fullmatch(self.header("Host")) and _ORIGIN.fullmatch(self.header("Origin")))


class Response(msgspec.Struct, frozen=True, kw_only=True):
    """One response; the server adds Content-Length, and keeps the handler's own only in the answer to a HEAD."""

    status: int
    headers: Headers = ()
    body: bytes = b""


def json_response(status: int, value: object, headers: Headers = ()) -> Response:
    """Return ``value`` as a JSON response."""
    return Response(
        status=status, headers=(("Content-Type", "application/json"), *headers), body=msgspec.json.encode(value)
    )


def serve(
    handle: Callable[[Request], Response], *, port: int, body_limit: int, refuse: Callable[[int], Response]
) -> Listener:
    """Serve ``handle`` on 127.0.0.1; ``refuse`` responds, with a status, to what is not handed to it.

    That is a body above ``body_limit`` bytes (413), a head above two megabytes (431), and what is no request, or one
    that does not say clearly where it ends (400). What ends early gets no response. When ``handle`` raises, ``refuse``
    responds too (500). Raises SetupError when the port is taken.
    """
    attributes = {"respond_to": staticmethod(handle), "refuse": staticmethod(refuse), "body_limit": body_limit}
    return Listener(type("_BoundHandler", (_HttpHandler,), attributes), port)


class _HttpHandler(WholeHeadHandler):
    respond_to: Callable[[Request], Response]
    refuse: Callable[[int], Response]
    body_limit: int
    server_version = "lab"

    def respond(self) -> None:
        """Read one request and respond; close the connection when it is not whole, or not clear where it ends."""
        body = self.whole_body(self.body_limit)
        if body is None:
            return
        request = Request(
            method=self.command,
            target=self.path,
            headers=tuple(self.headers.items()),
            body=body,
            peer=self.client_address[0],
        )
        self._send(self._response(request))

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = respond

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Refuse a request as everything else is refused, not with the standard library's HTML, and close."""
        # it parses no version before it refuses, and would then send no status line
        self.request_version = self.protocol_version
        # a request line is a part of the head
        response = self.refuse(431 if code == 414 else code)
        self._send(msgspec.structs.replace(response, headers=(*response.headers, ("Connection", "close"))))
        # closed with bytes unread, the connection would be reset, and the response lost
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_WR)
            self.connection.settimeout(_LINGER_S)
            left = _DRAIN_BYTES
            while left > 0 and (piece := self.connection.recv(65536)):
                left -= len(piece)

    def handle_expect_100(self) -> bool:
        """Send 100 Continue at once: in the buffer it would wait for the response, and the client for it, a second."""
        super().handle_expect_100()
        self.wfile.flush()
        return True

    def _response(self, request: Request) -> Response:
        """Return the handler's response, or a refusal in place of a bug: every request is answered."""
        try:
            response = self.respond_to(request)
            _expect_headers(response.headers)
        except Exception:
            traceback.print_exc()
            return self.refuse(500)
        return response

    def _send(self, response: Response) -> None:
        self.send_response(response.status)
        is_head, has_body = self.command == "HEAD", response.status not in (204, 304)
        for name, value in response.headers:
            # the answer to a HEAD may say how long that to a GET would be
            if name.lower() not in _FRAMING or (is_head and name.lower() == "content-length"):
                self.send_header(name, value)
        has_length = is_head and any(name.lower() == "content-length" for name, _ in response.headers)
        if has_body and not has_length:
            self.send_header("Content-Length", str(len(response.body)))
        self.end_headers()
        # the client may be gone
        with contextlib.suppress(BrokenPipeError):
            if has_body and not is_head:
                self.wfile.write(response.body)
            self.wfile.flush()


def _expect_headers(headers: Headers) -> None:
    """Raise ValueError for a header that would end early, or start another one, when it is sent."""
    for name, value in headers:
        if not is_token(name) or not is_value(value):
            raise ValueError(f"no header: {name!r}: {value!r}")
