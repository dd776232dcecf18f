"""A small process that outlives us: when the lab ends, however it ends, it kills what is left and removes its files.

A parent-death signal would not do: Linux sends it when the *thread* that started a child ends, and a
SIGKILL of the lab leaves frozen children that no signal handler of ours could end.
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
    """Knows every container's process group and the lab's directory; acts when its pipe to us closes."""

    def __init__(self, directory: Path) -> None:
        self._lock = threading.Lock()
        self._process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-S", "-E", str(Path(__file__)), str(directory)],
            stdin=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def watch(self, group: int) -> None:
        """Kill this process group should the lab end."""
        self._tell(f"+{group}\n")

    def forget(self, group: int) -> None:
        """Leave this process group alone: it ended, and its number may be given again."""
        self._tell(f"-{group}\n")

    def close(self) -> None:
        """Let it do its work and wait until it is done."""
        if self._process.stdin:
            self._process.stdin.close()
        self._process.wait()

    def _tell(self, line: str) -> None:
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
