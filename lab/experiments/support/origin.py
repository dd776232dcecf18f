"""An HTTP origin in a process of its own, for url sources; see ``origin_server``."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Final

import msgspec

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


class OriginProcess:
    """The origin, while it runs; a context manager.

    It accepts ``limit`` connections at once and closes others without a response. A new connection costs
    ``connect_s``, instead of TCP and TLS handshakes over a distance. It serves ``file``, or as many bytes
    as a query asks for.
    """

    def __init__(self, *, limit: int = 100, connect_s: float = 0.0, file: Path | None = None) -> None:
        arguments = [str(limit), str(connect_s), str(file or "")]
        self._process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-S", "-E", str(_SERVER), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            # Ctrl-C at the terminal is for the lab; the origin ends with its standard input
            start_new_session=True,
        )
        self.port = int(self._read())

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
        if self._process.stdin is None:
            raise RuntimeError("expected a process with a pipe to it")
        self._process.stdin.write(command + "\n")
        self._process.stdin.flush()
        return msgspec.json.decode(self._read(), type=Counts)

    def _read(self) -> str:
        line = self._process.stdout.readline() if self._process.stdout else ""
        if not line:
            raise RuntimeError("the origin ended; its error message is above")
        return line

    def __enter__(self) -> OriginProcess:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate()
