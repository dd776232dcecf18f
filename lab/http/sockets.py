"""A loopback port with a thread per connection, for the gateway, the Invoke API and every Runtime API."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from http.server import BaseHTTPRequestHandler

from lab.errors import SetupError

_HOST = "127.0.0.1"
_RETRY_S = 0.01


class Listener:
    """Accepts connections on 127.0.0.1 until closed; ``port`` 0 takes any free one, SetupError says it is taken.

    The accepting thread sleeps in the kernel: a hundred containers have a hundred of these, and
    socketserver's loop would wake each of them many times a second to check for the end.
    """

    def __init__(self, handler: type[BaseHTTPRequestHandler], port: int = 0) -> None:
        self._handler = handler
        self._connections: dict[threading.Thread, socket.socket] = {}
        self._lock = threading.Lock()
        self._closing = threading.Event()
        try:
            self._socket = socket.create_server((_HOST, port), backlog=512)
        except (OSError, OverflowError) as exc:
            reason = os.strerror(exc.errno) if isinstance(exc, OSError) and exc.errno else str(exc)
            raise SetupError(f"port {port} cannot be used: {reason}") from exc
        self.port: int = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._accept, name=f"accept-{self.port}", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop accepting, end every connection and wait for their threads."""
        self._closing.set()
        # closing a socket does not wake a thread in accept(), a connection does; a shutdown, on Linux, needs no file
        try:
            socket.create_connection((_HOST, self.port), timeout=1).close()
        except OSError:
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join(timeout=5)
        self._socket.close()
        with self._lock:
            left = dict(self._connections)
        for thread, connection in left.items():
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            thread.join(timeout=5)

    def _accept(self) -> None:
        while True:
            try:
                connection, address = self._socket.accept()
                if self._closing.is_set():
                    connection.close()
                    return
                self._begin(connection, address)
            except (OSError, RuntimeError):
                # too many open files or threads, or a client that has left: the next one may be served
                if self._closing.wait(_RETRY_S):
                    return

    def _begin(self, connection: socket.socket, address: tuple[str, int]) -> None:
        thread = threading.Thread(target=self._serve, args=(connection, address), daemon=True)
        # a thread that cannot start is not known, and one that ends at once waits here until it is
        with self._lock:
            try:
                thread.start()
            except RuntimeError:
                # or its client would wait until the next one comes
                connection.close()
                raise
            self._connections[thread] = connection

    def _serve(self, connection: socket.socket, address: tuple[str, int]) -> None:
        try:
            # peers may disconnect at any time: killed containers and impatient browsers do
            with contextlib.suppress(OSError):
                # the handlers here never use their server argument
                self._handler(connection, address, None)  # type: ignore[arg-type]
        finally:
            with self._lock:
                self._connections.pop(threading.current_thread(), None)
            connection.close()
