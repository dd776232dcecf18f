"""An HTTPS proxy through which Zappa reaches API Gateway's hosts, and no other host.

It terminates the TLS of a CONNECT to an execute-api host, with a certificate of an authority created for this run,
and forwards the bytes to the local AWS. Every other CONNECT is refused and recorded.
"""

from __future__ import annotations

import contextlib
import re
import socket
import ssl
import threading
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Final

from lab.account.function import REGION
from lab.http.sockets import Listener
from tests.support.certificate import write_certificate

_HOSTS: Final = f"*.execute-api.{REGION}.amazonaws.com"
_TARGET: Final = re.compile(rf"[a-z0-9]+\.execute-api\.{REGION}\.amazonaws\.com:443")


class ConnectProxy:
    """Listens on 127.0.0.1; ``authority`` is the file clients trust, ``refused`` are the targets it refused."""

    def __init__(self, directory: Path, port: int) -> None:
        self.authority = directory / "authority.pem"
        self.refused: list[str] = []
        write_certificate(self.authority, _HOSTS)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.authority)
        bound = {"context": context, "port": port, "refused": self.refused}
        self._listener = Listener(type("_BoundTunnel", (_Tunnel,), bound))
        self.url = f"http://127.0.0.1:{self._listener.port}"

    def close(self) -> None:
        """Stop listening and close every tunnel."""
        self._listener.close()


class _Tunnel(BaseHTTPRequestHandler):
    context: ssl.SSLContext
    port: int
    refused: list[str]

    def do_CONNECT(self) -> None:
        self.close_connection = True
        if not _TARGET.fullmatch(self.path):
            self.refused.append(self.path)
            self.send_error(403, "Only API Gateway can be reached")
            return
        self.send_response_only(200)
        self.end_headers()
        self.wfile.flush()
        with (
            contextlib.suppress(OSError),
            self.context.wrap_socket(self.connection, server_side=True) as client,
            socket.create_connection(("127.0.0.1", self.port)) as server,
        ):
            back = threading.Thread(target=_copy, args=(server, client))
            back.start()
            _copy(client, server)
            back.join()

    def log_message(self, format: str, *args: object) -> None:
        """Keep test output clean."""


def _copy(source: socket.socket, target: socket.socket) -> None:
    """Forward bytes until either side closes, then close both."""
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    for each in (source, target):
        with contextlib.suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)
