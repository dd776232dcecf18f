"""Reads the orientation from EXIF, the one field that changes pixels."""

from __future__ import annotations

import struct

_ORIENTATION = 0x0112
_SHORT = 3


def orientation(block: bytes) -> int:
    """Return the orientation, 1..8, that an EXIF block states, or 1; broken EXIF never fails an image.

    ``block`` is a TIFF header with its first directory, with or without the ``Exif\\0\\0`` in front
    (CIPA DC-008, section 4.6.4).
    """
    try:
        return _orientation(block.removeprefix(b"Exif\x00\x00"))
    except struct.error:
        return 1


def _orientation(tiff: bytes) -> int:
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None:
        return 1
    (at,) = struct.unpack_from(order + "I", tiff, 4)
    (count,) = struct.unpack_from(order + "H", tiff, at)
    for entry in range(at + 2, at + 2 + 12 * count, 12):
        tag, kind, _, value = struct.unpack_from(order + "HHIH", tiff, entry)
        if tag == _ORIENTATION and kind == _SHORT:
            return value if 1 <= value <= 8 else 1
    return 1
