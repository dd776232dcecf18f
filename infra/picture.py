"""A picture to try a stage with, and what an answer holds: PNG written and read without the libraries of the app.

https://www.w3.org/TR/png-3/
"""

from __future__ import annotations

import os
import struct
import zlib
from typing import Final

from measurement.png import SIGNATURE, chunk, png_file

_CHANNELS: Final = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}


def draw(width: int, height: int) -> bytes:
    """Return a gradient in RGB whose first row is random, so that no stage has stored this picture before."""
    gradient = [
        bytes(value for x in range(width) for value in (255 * x // width, 255 * y // height, 128))
        for y in range(height)
    ]
    rows = [os.urandom(3 * width), *gradient[1:]]
    return png_file(width, height, (b"\0" + row for row in rows))


def size(data: bytes) -> tuple[int, int]:
    """Return width and height of a PNG that is whole; raise ValueError for anything else."""
    if not data.startswith(SIGNATURE):
        raise ValueError(f"expected a PNG, received {data[:16]!r}")
    chunks = dict[bytes, bytes]()
    offset = len(SIGNATURE)
    while offset + 12 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, offset)
        body = data[offset + 8 : offset + 8 + length]
        if data[offset : offset + 12 + length] != chunk(kind, body):
            raise ValueError(f"the PNG is damaged in {kind!r}")
        chunks[kind] = chunks.get(kind, b"") + body
        offset += 12 + length
    if b"IEND" not in chunks:
        raise ValueError("the PNG is cut off")
    width, height, depth, color, _, _, interlace = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
    expected = height * (1 + (width * _CHANNELS[color] * depth + 7) // 8)
    if not interlace and len(zlib.decompress(chunks[b"IDAT"])) != expected:
        raise ValueError(f"the PNG does not have the pixels of {width} x {height}")
    return width, height
