"""Has the kernel refuse a decoder the memory that the platform would end the process for.

What an image takes is estimated from its header, which can lie: the Huffman tables of a WebP of 300 KB took 370 MB. An
allocation that fails is an error of that one image; a container that is killed loses what it knows too.
"""

from __future__ import annotations

import sys
from typing import Final

from app.runtime.allocator import memory_use

# Stacks of sixteen threads, which codecs and servers start meanwhile: 8 MiB each, of which hardly any is touched.
_STACKS: Final = 128 * 1024 * 1024


def limit_memory(whole: int, held: int) -> None:
    """Let the process grow up to ``whole`` bytes, or by twice what is ``held`` for running work if that is more.

    Nothing is limited while nothing is held. RLIMIT_DATA (getrlimit(2)) counts private memory: what threads only
    reserve is not in it, but holes in the heap are, so the limit is set from what there is now.
    """
    if not sys.platform.startswith("linux"):
        return
    import resource  # a cold start that draws no image does not need it

    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    soft = hard
    if held:
        used = memory_use()
        # twice: where the process holds more than it should already, an estimate alone would have no room to be wrong
        soft = used.data + max(whole - used.resident, 2 * held) + _STACKS
    if hard != resource.RLIM_INFINITY:
        soft = min(soft, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))
