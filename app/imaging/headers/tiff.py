"""Reads the header of a TIFF through its decoder, and how much of the file is unpacked at a time: TIFF 6.0."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from app.imaging import plugins
from app.imaging.headers import Header, ifd, other

_BITS, _COMPRESSION, _COLORS, _ORIENTATION, _SAMPLES = 258, 259, 262, 274, 277
_ROWS, _PLANES, _TILE_WIDTH, _TILE_HEIGHT = 278, 284, 322, 323
_PLAIN: Final = 1
# Samples of one channel after the other, and colors as brightness and two differences.
_APART, _YCBCR = 2, 6
# The strips and tiles themselves, and tables of them.
_PIXELS: Final = frozenset((273, 279, 324, 325))
# The bits per pixel that a decoder of brightness and differences works in: three samples, and four of RGBA.
_YCBCR_BITS: Final = 56


def scan(data: bytes) -> Header:
    """Return the header; raises whatever broken data leads to."""
    ifd.check(data)
    values = sum(entry.size for entry in ifd.first(data).entries if entry.tag not in _PIXELS)
    with plugins.open_image(data, "tiff") as image:
        tags: Mapping[int, Any] = image.tag_v2  # type: ignore[attr-defined]
        block, total = unpacked(tags)
        return msgspec.structs.replace(
            other.opened(image, "tiff", len(data)),
            block=block,
            unpacked=total,
            turned=tags.get(_ORIENTATION, 1) in range(2, 9),
            metadata=values,
        )


def unpacked(tags: Mapping[int, Any]) -> tuple[int, int]:
    """Return the bytes of the largest strip or tile once it is unpacked, and of all; 0 where nothing is packed.

    A tile may be far larger than the picture, and its pixels are unpacked all the same.
    """
    if tags.get(_COMPRESSION, _PLAIN) == _PLAIN:
        return 0, 0
    wide, high = tags[256], tags[257]
    across, rows = wide, min(tags.get(_ROWS, high), high)
    if _TILE_WIDTH in tags:
        across, rows = tags[_TILE_WIDTH], tags[_TILE_HEIGHT]
    bits, samples = tags.get(_BITS, (1,)), tags.get(_SAMPLES, 1)
    whole = sum(bits) if len(bits) > 1 else bits[0] * samples
    if tags.get(_COLORS) == _YCBCR:
        whole = max(whole, _YCBCR_BITS)
    part = max(bits) if tags.get(_PLANES, 1) == _APART else whole
    blocks = -(-wide // max(1, across)) * -(-high // max(1, rows))
    return across * rows * part // 8, blocks * across * rows * whole // 8
