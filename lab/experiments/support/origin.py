"""A real HTTP origin in a process of its own, for url sources; see ``origin_server``."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Final

import msgspec

_SERVER: Final = Path(__file__).with_name("origin_server.py")


class Counts(msgspec.Struct, frozen=True):
    """Connections opened, refused, open now and at most; requests answered."""

    opened: int
    refused: int
    requests: int
    most: int
    open: int


class Origin:
    """The origin, while it runs; a context manager.

    It accepts ``limit`` connections at once and ends others unanswered. A new one costs ``connect_s``, in place
    of the handshakes of TCP and TLS over a distance. ``file`` is what it serves unless asked for a number of bytes.
    """

    def __init__(self, *, limit: int = 100, connect_s: float = 0.0, file: Path | None = None) -> None:
        arguments = [str(limit), str(connect_s), str(file or "")]
        self._process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-S", "-E", str(_SERVER), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            # a Ctrl-C at the terminal is for us; it ends when its orders do
            start_new_session=True,
        )
        self.port = int(self._read())

    def url(self, path: str = "/image.jpg") -> str:
        """Return the url of a path; ``?bytes=`` says how long the answer is."""
        return f"http://127.0.0.1:{self.port}{path}"

    def counts(self) -> Counts:
        """Return the counters."""
        return self._order("count")

    def close_idle(self) -> None:
        """Close every connection, as an origin does with those that are idle for long; callers can see it."""
        self._order("close")

    def drop_idle(self) -> None:
        """Forget every connection, as a NAT on the way does; callers see it when they use one."""
        self._order("drop")

    def hold(self) -> None:
        """Answer nobody until ``release``."""
        self._order("hold")

    def release(self) -> None:
        """Answer again."""
        self._order("release")

    def _order(self, order: str) -> Counts:
        if self._process.stdin is None:
            raise RuntimeError("expected a process with a pipe to it")
        self._process.stdin.write(order + "\n")
        self._process.stdin.flush()
        return msgspec.json.decode(self._read(), type=Counts)

    def _read(self) -> str:
        line = self._process.stdout.readline() if self._process.stdout else ""
        if not line:
            raise RuntimeError("the origin ended; its words are above")
        return line

    def __enter__(self) -> Origin:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate()
