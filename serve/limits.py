"""What one client, and all of them together, may take from the server before a thread works for them."""

from __future__ import annotations

import msgspec

from app.core.config import FORM_BYTES, MIB, Settings


class ServerLimits(msgspec.Struct, frozen=True, kw_only=True):
    """Times in seconds, each for the whole of what it limits: a client that sends a byte now and then gains nothing.

    ``memory_bytes`` is what the bodies of one process may take in memory; beyond it they are in temporary files.
    ``unsent_bytes`` is what answers that wait for their clients to take them may take.
    """

    max_body_bytes: int
    header_s: float = 10.0
    header_bytes: int = 64 * 1024
    body_s: float = 120.0
    # the rest of a refused body is read, because closing at once would lose the answer (RFC 9112, 9.6)
    linger_s: float = 5.0
    answer_s: float = 120.0
    # a server that stops closes idle connections after this, because a request may be on its way (RFC 9112, 9.6)
    stop_s: float = 1.0
    memory_bytes: int = 64 * MIB
    unsent_bytes: int = 256 * MIB
    # of one process; beyond them a request is answered with 503
    connections: int = 2000

    @classmethod
    def of(cls, settings: Settings) -> ServerLimits:
        """Return the limits that suit the largest body any route takes."""
        return cls(max_body_bytes=max(settings.max_body_bytes, settings.max_source_bytes + FORM_BYTES))
