"""Writes PNG without an image library: https://www.w3.org/TR/png-3/"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable
from typing import Final

Color = tuple[int, int, int]

SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"


def png_file(width: int, height: int, rows: Iterable[bytes]) -> bytes:
    """Return a PNG of 8-bit RGB; each row is the number of its filter and then three bytes a pixel."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"".join(rows))
    return SIGNATURE + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def chunk(kind: bytes, body: bytes) -> bytes:
    """Return a chunk with its length and its checksum."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def color_of(number: int) -> Color:
    """Return the color of a number below 16 million; consecutive numbers have very different ones."""
    mixed = (number + 1) * 0x9E3779 % 0x1000000
    return mixed >> 16, mixed >> 8 & 0xFF, mixed & 0xFF
