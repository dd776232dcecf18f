"""Settings for how glibc handles the memory of freed images.

https://www.gnu.org/software/libc/manual/html_node/Malloc-Tunable-Parameters.html
"""

from __future__ import annotations

import sys
from typing import Final

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8
# on Lambda the function's environment in zappa_settings.json sets the same, which costs no cold start
TRIM_THRESHOLD: Final = 64 * 1024 * 1024
MMAP_THRESHOLD: Final = 32 * 1024 * 1024


def limit_arenas(count: int = 2) -> bool:
    """Keep glibc from giving every thread its own heap; return whether glibc took the setting.

    Each heap keeps the memory of its largest image: eight heaps held 560 MB, two hold half of that.
    """
    return _mallopt((_M_ARENA_MAX, count))


def keep_freed(trim: int = TRIM_THRESHOLD, mmap: int = MMAP_THRESHOLD) -> bool:
    """Let each heap keep up to ``trim`` free bytes for the next image; return whether glibc took the setting.

    By default glibc gives an image's memory back and then faults it in again, page by page: a tenth of the time
    of a small photograph, a quarter of a WebP's. Blocks of ``mmap`` bytes or more are outside the heap and are
    still given back.
    """
    return _mallopt((_M_MMAP_THRESHOLD, mmap), (_M_TRIM_THRESHOLD, trim))


def _mallopt(*settings: tuple[int, int]) -> bool:
    if not sys.platform.startswith("linux"):
        return False
    import ctypes

    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # musl has neither mallopt nor such heaps
    return mallopt is not None and all(mallopt(name, value) for name, value in settings)
