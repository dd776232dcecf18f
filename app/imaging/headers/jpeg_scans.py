"""Reads the heads of a JPEG's scans, to tell whether anything but the end is missing: ITU-T T.81, B.2.3 and G.1.1.1."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import islice
from typing import Final

_ALL: Final = (1 << 64) - 1
# A picture of four components in four bands, each refined bit by bit, has not half as many.
_MOST: Final = 1000
_MARKER: Final = b"\xff\xda"
# takes half the time of ``bytes.find``, and this is the only look at all of a file
_MARKERS: Final = re.compile(_MARKER)


def starts(data: bytes, at: int) -> list[int]:
    """Return where the scans begin, from the one at ``at`` on, at most a thousand."""
    return [found.start() for found in islice(_MARKERS.finditer(data, at), _MOST)]


def count(data: bytes, starts: Sequence[int]) -> int:
    """Return how many scans there are, which for a hostile file are more than ``starts`` has."""
    return len(starts) if len(starts) < _MOST else data.count(_MARKER, starts[0])


def complete(data: bytes, starts: Sequence[int], frame: bytes | memoryview, *, progressive: bool) -> bool:
    """Return whether the scans hold every coefficient of each component to its last bit.

    ``frame`` is the payload of the frame header. Unless it is ``progressive`` a scan has all of its components,
    whatever it says. Whether the last scan is cut shows only when it is decoded.
    """
    exact = {frame[6 + 3 * index]: 0 for index in range(frame[5])}
    for at in starts:
        if at + 12 > len(data):
            break
        components = data[at + 4]
        first, last, bits = data[at + 5 + 2 * components : at + 8 + 2 * components] if progressive else (0, 63, 0)
        if not bits & 15 and first <= last < 64:
            for index in range(components):
                component = data[at + 5 + 2 * index]
                exact[component] = exact.get(component, 0) | (1 << last + 1) - (1 << first)
    return all(bands == _ALL for bands in exact.values())
