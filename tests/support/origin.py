"""A real HTTP origin server on 127.0.0.1 that counts connections and requests, and misbehaves on demand.

A route is a function that writes its response to an ``Exchange`` and returns whether the connection
stays open. The functions below make routes; a test adds them: ``origin.routes["/a"] = ok(b"…")``.
"""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from io import BufferedReader
from types import TracebackType
from typing import Self

import msgspec


class Request(msgspec.Struct, frozen=True):
    """One request as received; ``connection`` is the number of its connection, counted from 1."""

    method: str
    target: str
    headers: dict[str, str]
    connection: int


class Exchange:
    """One request and the connection that waits for its response."""

    def __init__(self, request: Request, sock: socket.socket, stopped: threading.Event) -> None:
        self.request = request
        self.stopped = stopped
        self._sock = sock

    def write(self, data: bytes) -> None:
        """Send bytes as they are."""
        self._sock.sendall(data)

    def wait_for_close(self) -> None:
        """Wait until the client closes the connection."""
        while self._sock.recv(4096):
            pass

    def send_head(self, status: int, headers: dict[str, str]) -> None:
        """Send the status line and the headers."""
        lines = [f"HTTP/1.1 {status} Reason", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
        self.write("\r\n".join(lines).encode("latin-1"))


Route = Callable[[Exchange], bool]


class Origin:
    """The server; a context manager. ``context`` makes it speak TLS."""

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self.routes: dict[str, Route] = {}
        self.requests: list[Request] = []
        self.connections = 0
        self._context = context
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None) -> None:
        self._stopped.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self.close_connections()
        for thread in self._threads:
            thread.join()
        self._listener.close()

    def url(self, path: str = "/", host: str = "127.0.0.1") -> str:
        """Return the URL of a path, with ``host`` as the name of this server."""
        return f"{'https' if self._context else 'http'}://{host}:{self.port}{path}"

    def close_connections(self) -> None:
        """Close every open connection, as servers do with those that were idle for long."""
        with self._lock:
            for sock in self._open:
                _shut_down(sock)

    def _start(self, target: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=target, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._stopped.is_set():
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                self.connections += 1
                self._open.add(sock)
            self._start(self._serve, sock, self.connections)

    def _serve(self, sock: socket.socket, number: int) -> None:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        plain = sock
        try:
            if self._context:
                sock = self._context.wrap_socket(
                    sock, server_side=True
                )  # a new socket object; the plain one is detached
                with self._lock:
                    self._open.add(sock)
            with sock.makefile("rb") as stream:
                while (request := _read_request(stream, number)) and not self._stopped.is_set():
                    with self._lock:
                        self.requests.append(request)
                    route = self.routes.get(request.target.split("?")[0], status(404))
                    if not route(Exchange(request, sock, self._stopped)):
                        break
        except OSError:
            pass  # clients may disconnect at any time
        finally:
            with self._lock:
                self._open -= {plain, sock}
            _shut_down(sock)
            sock.close()
            plain.close()


def _shut_down(sock: socket.socket) -> None:
    with suppress(OSError):
        socket.socket.shutdown(sock, socket.SHUT_RDWR)


def _read_request(stream: BufferedReader, number: int) -> Request | None:
    """Return the next request, None at the end of the stream or when the client does not speak HTTP."""
    if not stream.peek(1)[:1].isalpha():
        return None
    lines: list[str] = []
    while line := stream.readline().decode("latin-1").rstrip("\r\n"):
        lines.append(line)
    method, target, _ = lines[0].split(" ")
    pairs = (line.split(":", 1) for line in lines[1:])
    return Request(method, target, {name.strip().lower(): value.strip() for name, value in pairs}, number)


def ok(body: bytes = b"image", **headers: str) -> Route:
    """Answer 200 with the body and keep the connection; underscores in header names stand for hyphens."""
    return status(200, body, **headers)


def status(code: int, body: bytes = b"message", **headers: str) -> Route:
    """Answer with any status; headers as for ``ok``."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}

    def route(exchange: Exchange) -> bool:
        exchange.send_head(code, {"Content-Length": str(len(body)), **named})
        exchange.write(body)
        return named.get("Connection") != "close"

    return route


def redirect(to: str, code: int = 302, body: bytes = b"moved") -> Route:
    """Redirect; ``to`` is put into Location as it is."""
    return status(code, body, Location=to)


def conditional(etag: str, body: bytes = b"image") -> Route:
    """Answer 304 to a request with this entity tag, else 200."""

    def route(exchange: Exchange) -> bool:
        if exchange.request.headers.get("if-none-match") == etag:
            exchange.send_head(304, {"ETag": etag, "Content-Length": str(len(body))})
            return True
        return ok(body, ETag=etag, Last_Modified="Sat, 21 Nov 2026 00:00:00 GMT")(exchange)

    return route


def raw(data: bytes, *, then: Route | None = None) -> Route:
    """Write bytes as they are, then close the connection or continue with another route."""

    def route(exchange: Exchange) -> bool:
        exchange.write(data)
        return then(exchange) if then else False

    return route


def chunked(*chunks: bytes, end: bytes = b"0\r\n\r\n") -> Route:
    """Send a chunked body; with an empty ``end`` it breaks off."""
    framed = b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks)
    return raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + framed + end)


def truncated(body: bytes, missing: int = 1) -> Route:
    """Announce more bytes than are sent, and close the connection."""
    return raw(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (len(body) + missing) + body)


def stall(exchange: Exchange) -> bool:
    """Send nothing more until the client disconnects or the origin stops."""
    exchange.wait_for_close()
    return False


def drip(data: bytes, interval_s: float = 0.02) -> Route:
    """Send the bytes one at a time, over and over, until the client disconnects or the origin stops."""

    def route(exchange: Exchange) -> bool:
        while not exchange.stopped.is_set():
            for position in range(len(data)):
                exchange.write(data[position : position + 1])
                if exchange.stopped.wait(interval_s):
                    return False
        return False

    return route


def endless(block: bytes = bytes(65536)) -> Route:
    """Send a body that has no length and never ends."""

    def route(exchange: Exchange) -> bool:
        exchange.send_head(200, {})
        while not exchange.stopped.is_set():
            exchange.write(block)
        return False

    return route


def close_on_second_request(body: bytes = b"image") -> Route:
    """Answer the first request of each connection, and close the connection at the second.

    This is how a client meets a kept connection that the server has dropped: it looks open until used.
    """
    seen: set[int] = set()

    def route(exchange: Exchange) -> bool:
        if exchange.request.connection in seen:
            return False
        seen.add(exchange.request.connection)
        return ok(body)(exchange)

    return route


def respond_together(count: int) -> Route:
    """Answer only once ``count`` requests wait at the same time, so that as many connections are open."""
    barrier = threading.Barrier(count)

    def route(exchange: Exchange) -> bool:
        barrier.wait(10)
        return ok()(exchange)

    return route
