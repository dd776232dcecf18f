"""A small process that outlives the lab: however the lab ends, it kills remaining containers and removes the files.

A parent-death signal would not do: Linux sends it when the *thread* that started a child ends. Nor would a
signal handler: SIGKILL runs none, and would leave frozen containers behind.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path


class Guardian:
    """Tells the process about every container's process group; it acts when the pipe to it closes."""

    def __init__(self, directory: Path) -> None:
        self._lock = threading.Lock()
        self._process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-S", "-E", str(Path(__file__)), str(directory)],
            stdin=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def watch(self, group: int) -> None:
        """Kill this process group when the lab ends."""
        self._send(f"+{group}\n")

    def forget(self, group: int) -> None:
        """Leave this process group alone: it has ended, and its id may soon be another's."""
        with contextlib.suppress(BrokenPipeError):  # somebody has ended the guardian; nothing is left to tell
            self._send(f"-{group}\n")

    def close(self) -> None:
        """Let the process clean up, and wait until it has."""
        with self._lock:
            if self._process.stdin:
                self._process.stdin.close()
        self._process.wait()

    def _send(self, line: str) -> None:
        with self._lock:
            if self._process.stdin and not self._process.stdin.closed:
                self._process.stdin.write(line)
                self._process.stdin.flush()


def main(directory: Path) -> None:
    """Read groups from standard input until it closes, then kill them and remove ``directory``."""
    groups: set[int] = set()
    for line in sys.stdin:
        change = groups.add if line[0] == "+" else groups.discard
        change(int(line[1:]))
    for group in groups:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)
    shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
