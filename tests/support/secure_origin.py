"""An origin server that speaks TLS."""

from __future__ import annotations

import ssl
from pathlib import Path

from tests.support.origin import Origin


class SecureOrigin(Origin):
    """Speaks TLS with the certificate and key in ``pem``; ``server_names`` are those the clients sent (SNI)."""

    def __init__(self, pem: Path) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem)
        self.server_names: list[str | None] = []
        context.sni_callback = lambda sock, name, context: self.server_names.append(name)
        super().__init__(context)
