"""A server in a process of its own, which prints its port and ends with its standard input."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from types import TracebackType
from typing import Self


class PipedServer:
    """A script that serves, while it runs; a context manager.

    ``arguments`` are those of the interpreter, the script among them; ``ended`` is the error when it ends by itself.
    """

    def __init__(self, arguments: Sequence[str], *, ended: str, stderr: int | None = None) -> None:
        self._ended = ended
        self._process = subprocess.Popen(  # noqa: S603
            [sys.executable, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            # Ctrl-C at the terminal is for the lab
            start_new_session=True,
        )
        self.port = int(self._read())

    def command(self, text: str) -> str:
        """Send a line and return the one that answers it; raise RuntimeError."""
        if self._process.stdin is None:
            raise RuntimeError("expected a process with a pipe to it")
        self._process.stdin.write(f"{text}\n")
        self._process.stdin.flush()
        return self._read()

    def _read(self) -> str:
        line = self._process.stdout.readline() if self._process.stdout else ""
        if not line:
            raise RuntimeError(self._ended)
        return line

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate()
