"""An HTTP origin in a process of its own, for url sources; see ``origin_server``."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec

from lab.experiments.support.piped_server import PipedServer

_SERVER: Final = Path(__file__).with_name("origin_server.py")


class Counts(msgspec.Struct, frozen=True):
    """Connections opened, refused and open now; requests answered."""

    opened: int
    refused: int
    requests: int
    open: int

    @property
    def tried(self) -> int:
        """Return how many connections clients have tried to open."""
        return self.opened + self.refused


class OriginProcess(PipedServer):
    """The origin, while it runs; a context manager.

    It accepts ``limit`` connections at once and closes others without a response. A new connection costs
    ``connect_s``, instead of TCP and TLS handshakes over a distance. It serves ``file``, or as many bytes
    as a query asks for.
    """

    def __init__(self, *, limit: int = 100, connect_s: float = 0.0, file: Path | None = None) -> None:
        super().__init__(
            ["-S", "-E", str(_SERVER), str(limit), str(connect_s), str(file or "")],
            ended="the origin ended; its error message is above",
        )

    def url(self, path: str = "/image.jpg") -> str:
        """Return the URL of a path; ``?bytes=`` sets the length of the response."""
        return f"http://127.0.0.1:{self.port}{path}"

    def counts(self) -> Counts:
        """Return the counters."""
        return self._command("count")

    def close_idle(self) -> None:
        """Close every connection, as origins close idle ones; clients can tell."""
        self._command("close")

    def drop_idle(self) -> None:
        """Drop every connection silently, as a NAT on the path does; clients notice when they use one."""
        self._command("drop")

    def hold(self) -> None:
        """Hold all responses back until ``release``."""
        self._command("hold")

    def release(self) -> None:
        """Respond again."""
        self._command("release")

    def _command(self, command: str) -> Counts:
        return msgspec.json.decode(self.command(command), type=Counts)
