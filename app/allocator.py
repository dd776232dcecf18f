"""What the C library does with memory that images gave back."""

from __future__ import annotations

import sys

_M_ARENA_MAX = -8


def limit_arenas(count: int = 2) -> bool:
    """Keep glibc from giving every thread a heap of its own; say whether it could be told.

    Each heap keeps what its largest image took: eight threads held 560 MB where two heaps hold half.
    https://www.gnu.org/software/libc/manual/html_node/Malloc-Tunable-Parameters.html
    """
    if not sys.platform.startswith("linux"):
        return False
    import ctypes

    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # musl has none, and no such heaps either
    return bool(mallopt and mallopt(_M_ARENA_MAX, count))
