"""What the C library does with memory that images gave back.

https://www.gnu.org/software/libc/manual/html_node/Malloc-Tunable-Parameters.html
"""

from __future__ import annotations

import sys
from typing import Final

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
# Lambda gets the same from the function's environment, in zappa_settings.json, where it costs no cold start.
KEPT: Final = 64 * 1024 * 1024
MAPPED: Final = 32 * 1024 * 1024


def limit_arenas(count: int = 2) -> bool:
    """Keep glibc from giving every thread a heap of its own; say whether it could be told.

    Each heap keeps what its largest image took: eight threads held 560 MB where two heaps hold half.
    """
    return _told((_ARENA_MAX, count))


def keep_freed(kept: int = KEPT, mapped: int = MAPPED) -> bool:
    """Let each heap hold back ``kept`` free bytes for the next image; say whether glibc could be told.

    By itself it returns what a picture took and asks for it again, page after page: a tenth of the time of a small
    photograph, a quarter of a WebP's. Pieces of ``mapped`` bytes or more, which are no part of a heap, still go back.
    """
    return _told((_MMAP_THRESHOLD, mapped), (_TRIM_THRESHOLD, kept))


def _told(*settings: tuple[int, int]) -> bool:
    if not sys.platform.startswith("linux"):
        return False
    import ctypes

    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # musl has none, and no such heaps either
    return mallopt is not None and all(mallopt(name, value) for name, value in settings)
