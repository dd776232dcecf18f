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
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from lab.accounts.function import REGION
from lab.http.sockets import Listener

_HOSTS: Final = f"*.execute-api.{REGION}.amazonaws.com"
_TARGET: Final = re.compile(rf"[a-z0-9]+\.execute-api\.{REGION}\.amazonaws\.com:443")


class ConnectProxy:
    """Listens on 127.0.0.1; ``authority`` is the CA certificate's file, ``refused`` the targets it refused."""

    def __init__(self, directory: Path, port: int) -> None:
        self.authority = directory / "authority.pem"
        self.refused: list[str] = []
        pem = directory / "gateway.pem"
        _write_certificate(pem, self.authority)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem)
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


def _write_certificate(pem: Path, authority: Path) -> None:
    """Write key and certificate for API Gateway's hosts to ``pem``, and the certificate alone to ``authority``."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "local AWS")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(_HOSTS)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    public = certificate.public_bytes(serialization.Encoding.PEM)
    authority.write_bytes(public)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    pem.write_bytes(private + public)
