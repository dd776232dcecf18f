"""Writes BMP files of any header, compression and masks."""

from __future__ import annotations

import struct
from collections.abc import Sequence

USUAL = (0xFF0000, 0xFF00, 0xFF, 0xFF000000)
PLAIN, MASKS, MASKS_WITH_ALPHA = 0, 3, 6


def written(
    pixels: Sequence[int],
    *,
    bits: int = 32,
    compression: int = PLAIN,
    masks: Sequence[int] = (),
    header: int = 40,
    rows: int = 2,
    profile: bytes = b"",
) -> bytes:
    """Return a BMP each of whose ``rows`` (negative for top down) has these pixels, as numbers of ``bits``."""
    row = b"".join(pixel.to_bytes(bits // 8, "little") for pixel in pixels)
    body = (row + bytes(-len(row) % 4)) * abs(rows)
    info = struct.pack("<IiiHHIIiiII", header, len(pixels), rows, 1, bits, compression, 0, 0, 0, 0, 0)
    info += struct.pack(f"<{len(masks)}I", *masks)
    if header > 40:
        info = info.ljust(header, b"\0")
    if profile:
        info = info[:56] + b"DEBM" + info[60:112] + struct.pack("<II", len(info) + len(body), len(profile)) + info[120:]
    begin = 14 + len(info)
    return b"BM" + struct.pack("<IHHI", begin + len(body), 0, 0, begin) + info + body + profile
