"""Settings for how glibc handles the memory of freed images.

https://www.gnu.org/software/libc/manual/html_node/Malloc-Tunable-Parameters.html
"""

from __future__ import annotations

import os
import sys
from typing import Any, Final, NamedTuple

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


def shrink_to(most: int) -> bool:
    """Give every freed page back when the process holds more than ``most`` bytes; return whether it was asked for.

    The thresholds do not bound what is kept: glibc returns only the end of a heap, and one small block there, even a
    free one that waits for its next use, holds everything below it. An AVIF of 7 MP left 235 MB behind in this way.
    """
    if memory_use().resident <= most:
        return False
    malloc_trim = _libc("malloc_trim")
    if malloc_trim is None:
        return False
    malloc_trim(0)
    return True


class MemoryUse(NamedTuple):
    """The bytes that this process holds, what is freed and kept included, and those that are private to it."""

    resident: int
    data: int


def memory_use() -> MemoryUse:
    """Return what is in use now, as the kernel counts it (proc(5), statm); zeros where there is no /proc."""
    try:
        with open("/proc/self/statm", "rb", buffering=0) as file:
            pages = [int(number) for number in file.read().split()]
    except OSError:
        return MemoryUse(0, 0)
    page = os.sysconf("SC_PAGE_SIZE")
    return MemoryUse(resident=pages[1] * page, data=pages[5] * page)


def memory_mb() -> dict[str, float]:
    """Return resident memory of this process, now and at its peak, in MiB; empty where there is no /proc."""
    try:
        with open("/proc/self/status", encoding="ascii") as file:
            lines = dict(line.split(":", 1) for line in file if line.startswith(("VmRSS", "VmHWM")))
    except OSError:
        return {}
    fields = {"used": "VmRSS", "peak": "VmHWM"}
    return {name: round(int(lines[field].split()[0]) / 1024, 1) for name, field in fields.items() if field in lines}


def _mallopt(*settings: tuple[int, int]) -> bool:
    mallopt = _libc("mallopt")
    return mallopt is not None and all(mallopt(name, value) for name, value in settings)


def _libc(name: str) -> Any:
    """Return a function of glibc, or None: musl has neither these functions nor such heaps."""
    if not sys.platform.startswith("linux"):
        return None
    import ctypes  # on Lambda only when memory is short: it would be part of every cold start

    return getattr(ctypes.CDLL(None), name, None)
