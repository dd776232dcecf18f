"""Reads the orientation from EXIF, the one field that changes pixels."""

from __future__ import annotations

import struct

from app.imaging.headers import ifd

_ORIENTATION = 0x0112
_SHORT = 3


def orientation(block: bytes) -> int:
    """Return the orientation, 1..8, that an EXIF block states, or 1; broken EXIF never fails an image.

    ``block`` is a TIFF header with its first directory, with or without the ``Exif\\0\\0`` in front
    (CIPA DC-008, section 4.6.4).
    """
    try:
        tiff = block.removeprefix(b"Exif\x00\x00")
        order = ifd.byte_order(tiff)
        found = (entry for entry in ifd.first(tiff).entries if (entry.tag, entry.kind) == (_ORIENTATION, _SHORT))
        entry = next(found, None)
        value = struct.unpack(order + "H", entry.value[:2])[0] if entry else 1
        return value if 1 <= value <= 8 else 1
    except (struct.error, ValueError):
        return 1
