"""Reads the heads of a JPEG's scans, to tell whether anything but the end is missing: ITU-T T.81, B.2.3 and G.1.1.1."""

from __future__ import annotations

from typing import Final

_ALL: Final = (1 << 64) - 1
# A picture of four components in four bands, each refined bit by bit, has not half as many.
_MOST: Final = 1000


def complete(data: bytes, at: int, frame: bytes) -> bool:
    """Return whether the scans from the one at ``at`` on hold every coefficient of each component to its last bit.

    ``frame`` is the payload of the frame header. Whether the last scan is cut shows only when it is decoded.
    """
    exact = {frame[6 + 3 * index]: 0 for index in range(frame[5])}
    for _ in range(_MOST):
        components = data[at + 4]
        first, last, bits = data[at + 5 + 2 * components : at + 8 + 2 * components]
        if not bits & 15 and first <= last < 64:
            for index in range(components):
                component = data[at + 5 + 2 * index]
                exact[component] = exact.get(component, 0) | (1 << last + 1) - (1 << first)
        at = data.find(b"\xff\xda", at + 2)
        if at < 0 or at + 12 > len(data):
            break
    return all(bands == _ALL for bands in exact.values())
