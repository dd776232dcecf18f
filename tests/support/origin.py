"""A real HTTP origin on 127.0.0.1 that counts what reaches it, and misbehaves when told to.

A route is a function that writes its answer to a ``Call`` and says whether the connection stays
open. The functions below make routes; a test adds them: ``origin.routes["/a"] = ok(b"…")``.
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
    """One request as it came: ``connection`` counts from 1 in the order they were accepted."""

    method: str
    target: str
    headers: dict[str, str]
    connection: int


class Call:
    """One request being answered."""

    def __init__(self, request: Request, sock: socket.socket, stopped: threading.Event) -> None:
        self.request = request
        self.stopped = stopped
        self._sock = sock

    def write(self, data: bytes) -> None:
        """Send bytes as they are."""
        self._sock.sendall(data)

    def outlast(self) -> None:
        """Wait until the other side closes."""
        while self._sock.recv(4096):
            pass

    def head(self, status: int, headers: dict[str, str]) -> None:
        """Send the status line and the headers."""
        lines = [f"HTTP/1.1 {status} Word", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
        self.write("\r\n".join(lines).encode("latin-1"))


Route = Callable[[Call], bool]


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
        self.hang_up()
        for thread in self._threads:
            thread.join()
        self._listener.close()

    def url(self, path: str = "/", host: str = "127.0.0.1") -> str:
        """Return the url of a path here, by whatever name the host is called."""
        return f"{'https' if self._context else 'http'}://{host}:{self.port}{path}"

    def hang_up(self) -> None:
        """Close every open connection, as an origin does with those that were idle for long."""
        with self._lock:
            for sock in self._open:
                _shut(sock)

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
                sock = self._context.wrap_socket(sock, server_side=True)  # a new object; the plain one is spent
                with self._lock:
                    self._open.add(sock)
            with sock.makefile("rb") as stream:
                while (request := _read(stream, number)) and not self._stopped.is_set():
                    with self._lock:
                        self.requests.append(request)
                    route = self.routes.get(request.target.split("?")[0], status(404))
                    if not route(Call(request, sock, self._stopped)):
                        break
        except OSError:
            pass  # the other side went away, which is its right
        finally:
            with self._lock:
                self._open -= {plain, sock}
            _shut(sock)
            sock.close()
            plain.close()


def _shut(sock: socket.socket) -> None:
    with suppress(OSError):
        socket.socket.shutdown(sock, socket.SHUT_RDWR)


def _read(stream: BufferedReader, number: int) -> Request | None:
    """Return the next request, None at the end or when something else than HTTP is spoken."""
    if not stream.peek(1)[:1].isalpha():
        return None
    lines: list[str] = []
    while line := stream.readline().decode("latin-1").rstrip("\r\n"):
        lines.append(line)
    method, target, _ = lines[0].split(" ")
    pairs = (line.split(":", 1) for line in lines[1:])
    return Request(method, target, {name.strip().lower(): value.strip() for name, value in pairs}, number)


def ok(body: bytes = b"image", **headers: str) -> Route:
    """Answer 200 with the body and keep the connection; header names are written with underscores."""
    return status(200, body, **headers)


def status(code: int, body: bytes = b"words", **headers: str) -> Route:
    """Answer with any status."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}

    def route(call: Call) -> bool:
        call.head(code, {"Content-Length": str(len(body)), **named})
        call.write(body)
        return named.get("Connection") != "close"

    return route


def redirect(to: str, code: int = 302, body: bytes = b"moved") -> Route:
    """Send the caller on; ``to`` is put into Location as it is."""
    return status(code, body, Location=to)


def conditional(etag: str, body: bytes = b"image") -> Route:
    """Answer 304 to a request that names the entity tag, else 200 with it."""

    def route(call: Call) -> bool:
        if call.request.headers.get("if-none-match") == etag:
            call.head(304, {"ETag": etag, "Content-Length": str(len(body))})
            return True
        return ok(body, ETag=etag, Last_Modified="Sat, 21 Nov 2026 00:00:00 GMT")(call)

    return route


def raw(data: bytes, *, then: Route | None = None) -> Route:
    """Write bytes as they are and close, or go on with another route."""

    def route(call: Call) -> bool:
        call.write(data)
        return then(call) if then else False

    return route


def chunked(*pieces: bytes, end: bytes = b"0\r\n\r\n") -> Route:
    """Send a body in chunks; without ``end`` it is cut."""
    framed = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces)
    return raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + framed + end)


def short(body: bytes, missing: int = 1) -> Route:
    """Promise more than is sent, and close."""
    return raw(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (len(body) + missing) + body)


def stall(call: Call) -> bool:
    """Say nothing more until the caller goes, or the origin stops."""
    call.outlast()
    return False


def drip(data: bytes, every: float = 0.02) -> Route:
    """Send the bytes one at a time, over and over, until the origin stops or the caller goes."""

    def route(call: Call) -> bool:
        while not call.stopped.is_set():
            for position in range(len(data)):
                call.write(data[position : position + 1])
                if call.stopped.wait(every):
                    return False
        return False

    return route


def endless(piece: bytes = bytes(65536)) -> Route:
    """Send a body without a length that never ends."""

    def route(call: Call) -> bool:
        call.head(200, {})
        while not call.stopped.is_set():
            call.write(piece)
        return False

    return route


def hang_up_when_asked_again(body: bytes = b"image") -> Route:
    """Answer the first request of each connection, and close without a word at the second.

    It is what a caller meets whose kept connection was dropped while it slept: it looks open until used.
    """
    seen: set[int] = set()

    def route(call: Call) -> bool:
        if call.request.connection in seen:
            return False
        seen.add(call.request.connection)
        return ok(body)(call)

    return route
