"""Whether a container is frozen, as the kernel says it."""

from __future__ import annotations

from pathlib import Path


def is_frozen(pid: int) -> bool:
    """Return whether the process is stopped by SIGSTOP."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"
