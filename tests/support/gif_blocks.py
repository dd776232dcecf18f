"""Writes GIFs block by block, as no library of ours does: any box, disposal, index and ending."""

from __future__ import annotations

import struct

from PIL import Image

# red, green, blue, white, and black for the rest
TABLE = bytes((255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255)) + bytes(3 * 252)
RED, GREEN, BLUE, WHITE = ((*TABLE[at : at + 3], 255) for at in range(0, 12, 3))


def image(
    box: tuple[int, int, int, int], index: int, disposal: int = 0, *, transparent: int | None = None, delay: int = 5
) -> bytes:
    """Return a graphic control block and an image of one color; ``box`` is left, top, width, height."""
    flags = disposal << 2 | (transparent is not None)
    control = b"\x21\xf9\x04" + struct.pack("<BHBB", flags, delay, transparent or 0, 0)
    pixels = Image.new("P", box[2:], index).tobytes("gif", "P", 8, 0)
    return control + b"\x2c" + struct.pack("<4HB", *box, 0) + b"\x08" + pixels + b"\0"


def file(*blocks: bytes, size: tuple[int, int] = (16, 16), end: bytes = b"\x3b") -> bytes:
    """Return a GIF of ``blocks`` with the table above."""
    return b"GIF89a" + struct.pack("<2HBBB", *size, 0xF7, 0, 0) + TABLE + b"".join(blocks) + end
