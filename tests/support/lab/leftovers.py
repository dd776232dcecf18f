"""Finds what a lab has left behind: every process that has to do with its directory for temporary files."""

from __future__ import annotations

import os
from pathlib import Path


def users(directory: Path) -> dict[int, str]:
    """Return the command lines, by process id, of those that name the directory, work in it or have a file of it open.

    Their environment may name it too.
    """
    return {pid: line for pid in _running() if (line := _command_line(pid)) and _uses(pid, str(directory))}


def _running() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit() and int(name) != os.getpid()]


def _command_line(pid: int) -> str:
    """Return a command line, empty when the process has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def _uses(pid: int, directory: str) -> bool:
    try:
        text = Path(f"/proc/{pid}/environ").read_bytes() + _command_line(pid).encode()
        links = [f"/proc/{pid}/cwd", *(f"/proc/{pid}/fd/{name}" for name in os.listdir(f"/proc/{pid}/fd"))]
    except OSError:
        return False
    return directory.encode() in text or any(_target(link).startswith(directory) for link in links)


def _target(link: str) -> str:
    try:
        return os.readlink(link)
    except OSError:
        return ""
