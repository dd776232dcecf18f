"""How many files a process may have open, its connections among them."""

from __future__ import annotations

import resource
from contextlib import suppress


def raise_file_limit() -> None:
    """Allow as many open files as the system does, where it takes that number."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    # macOS names no limit, and then refuses to have none
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
