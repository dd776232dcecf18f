"""A small HTTP server on 127.0.0.1 that runs a WSGI app, keeps connections alive, and counts them.

The servers of werkzeug and wsgiref close every connection, which would hide whether a client reuses any.
"""

from __future__ import annotations

import contextlib
import io
import socket
import threading
import traceback
from collections.abc import Callable, Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import unquote_to_bytes

from werkzeug.test import run_wsgi_app

Environ = dict[str, Any]
App = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]


class DropConnection(Exception):
    """Raised by an app to close the connection without a response."""


class WsgiServer:
    """Serves a WSGI app on a free port of 127.0.0.1; a context manager.

    ``requests`` are the request lines in order of arrival, ``connections`` counts the accepted ones.
    """

    def __init__(self, app: App) -> None:
        self.app = app
        self.requests: list[str] = []
        self.connections = 0
        self._http = _Listener(("127.0.0.1", 0), _Handler)
        self._http.owner = self
        self.port: int = self._http.server_address[1]
        self.host = f"127.0.0.1:{self.port}"
        self.url = f"http://{self.host}"
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None) -> None:
        self._http.shutdown()
        self._http.close_connections()
        self._http.server_close()
        self._thread.join()

    def methods(self) -> list[str]:
        """Return the method of each request, in order of arrival."""
        return [line.split()[0] for line in self.requests]

    def close_connections(self) -> None:
        """Close every open connection, as servers do with those that were idle for long."""
        self._http.close_connections()


class _Listener(ThreadingHTTPServer):
    """Tracks its open connections, to close them: each holds a thread until then."""

    daemon_threads = False
    request_queue_size = 64
    owner: WsgiServer

    def __init__(self, *args: Any) -> None:
        self._connections: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__(*args)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._lock:
            self._connections.add(request)
        self.owner.connections += 1
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Print nothing: clients may disconnect at any time."""

    def close_connections(self) -> None:
        with self._lock:
            for sock in self._connections:
                _shut_down(sock)


class _Handler(BaseHTTPRequestHandler):
    """Reads whole requests, so that the connection can be kept alive."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Listener

    def log_message(self, format: str, *args: Any) -> None:
        """Keep test output clean."""

    def serve(self) -> None:
        self.server.owner.requests.append(self.requestline)
        try:
            body, status, headers = run_wsgi_app(self.server.owner.app, self._environ(), buffered=True)
        except DropConnection:
            self.close_connection = True
        except Exception:
            self._send(traceback.format_exc().encode(), "500 Failed", [])
        else:
            self._send(
                b"".join(body), status, [(name, value) for name, value in headers if name.lower() != "connection"]
            )

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = do_OPTIONS = serve
    do_PATCH = do_TRACE = do_QUERY = serve  # which no route takes, as the app is to say itself

    def _environ(self) -> Environ:
        path, _, query = self.path.partition("?")
        body = self._body()
        host, port = self.server.server_address[:2]
        environ: Environ = {
            "REQUEST_METHOD": self.command,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
            "QUERY_STRING": query,
            "REQUEST_URI": self.path,
            "RAW_URI": self.path,
            "SERVER_NAME": str(host),
            "SERVER_PORT": str(port),
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": str(self.client_address[0]),
            "CONTENT_TYPE": self.headers.get("content-type", ""),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.errors": io.StringIO(),
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        for name in self.headers:
            key = "HTTP_" + name.upper().replace("-", "_")
            if key not in ("HTTP_CONTENT_TYPE", "HTTP_CONTENT_LENGTH", "HTTP_TRANSFER_ENCODING"):
                environ[key] = ",".join(self.headers.get_all(name, []))
        return with_body(environ, body)

    def _body(self) -> bytes:
        if "chunked" not in self.headers.get("transfer-encoding", ""):
            return self.rfile.read(int(self.headers.get("content-length", "0")))
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass
        return body

    def _send(self, body: bytes, status: str, headers: list[tuple[str, str]]) -> None:
        code, _, reason = status.partition(" ")
        self.send_response_only(int(code), reason)
        for name, value in headers:
            self.send_header(name, value)
        if "content-length" not in {name.lower() for name, _ in headers} and code not in ("204", "304"):
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


def with_body(environ: Environ, body: bytes) -> Environ:
    """Return the environment with ``body`` as the unread request body."""
    return {**environ, "wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))}


def _shut_down(sock: socket.socket) -> None:
    with contextlib.suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)
