"""A small process that outlives the lab: however the lab ends, it kills remaining processes and removes the files.

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
import time
from pathlib import Path

_TRIES = 50
_PAUSE_S = 0.1


class Guardian:
    """Tells the process about process groups; it acts when the pipe to it closes.

    It also ends what uses ``directory`` for its temporary files, so that nothing comes into being there afterwards.
    """

    def __init__(self, directory: Path | None = None) -> None:
        self._lock = threading.Lock()
        self._process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-S", "-E", str(Path(__file__)), *([str(directory)] if directory else [])],
            # it uses no temporary files, and is none of those to end
            env={name: value for name, value in os.environ.items() if name != "TMPDIR"},
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


def main(directories: list[str]) -> None:
    """Read groups from standard input until it closes, then kill them and remove the directories."""
    groups: set[int] = set()
    for line in sys.stdin:
        change = groups.add if line[0] == "+" else groups.discard
        change(int(line[1:]))
    for group in groups:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)
    for directory in directories:
        _remove(directory)


def _remove(directory: str) -> None:
    # what was killed may make one more file before it is gone
    for _ in range(_TRIES):
        _end_users(directory)
        shutil.rmtree(directory, ignore_errors=True)
        if not os.path.exists(directory):
            return
        time.sleep(_PAUSE_S)


def _end_users(directory: str) -> None:
    """Kill every process with a TMPDIR in the directory, where the system shows the environment of processes."""
    setting = b"\0TMPDIR=" + os.fsencode(directory)
    for path in Path("/proc").glob("[0-9]*/environ"):
        # it has ended, or is another user's
        with contextlib.suppress(OSError):
            environment = b"\0" + path.read_bytes()
            if setting + b"\0" in environment or setting + b"/" in environment:
                os.kill(int(path.parent.name), signal.SIGKILL)


if __name__ == "__main__":
    main(sys.argv[1:])
