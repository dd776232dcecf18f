"""Reads a PNG of 8 bits without Pillow, so that results are not judged by the library that made them."""

from __future__ import annotations

import struct
import zlib
from typing import Final

import numpy as np
from numpy.typing import NDArray

_BANDS: Final = {0: 1, 2: 3, 4: 2, 6: 4}


def read(data: bytes) -> NDArray[np.int64]:
    """Return the samples as rows, columns, bands; the PNG may not be interlaced or have a palette."""
    chunks, at = [], 8
    while at < len(data):
        size, name = struct.unpack(">I4s", data[at : at + 8])
        chunks.append((name, data[at + 8 : at + 8 + size]))
        at += 12 + size
    width, height, depth, color, _, _, interlaced = struct.unpack(">IIBBBBB", chunks[0][1])
    assert (depth, interlaced) == (8, 0)
    bands = _BANDS[color]
    raw = zlib.decompress(b"".join(payload for name, payload in chunks if name == b"IDAT"))
    stride, before, rows = width * bands, [0] * (width * bands), []
    for at in range(0, len(raw), stride + 1):
        before = _unfiltered(raw[at], raw[at + 1 : at + 1 + stride], before, bands)
        rows.append(before)
    return np.array(rows, np.int64).reshape(height, width, bands)


def _unfiltered(kind: int, row: bytes, above: list[int], bands: int) -> list[int]:
    """Return the samples of one row (PNG, section 9.2)."""
    if kind == 0:
        return list(row)
    if kind == 2:
        return [(sample + up) % 256 for sample, up in zip(row, above, strict=True)]
    done, corners = [0] * bands, [0] * bands + above
    for sample, up, corner in zip(row, above, corners, strict=False):
        left = done[-bands]
        guess = left if kind == 1 else (left + up) // 2 if kind == 3 else _paeth(left, up, corner)
        done.append((sample + guess) % 256)
    return done[bands:]


def _paeth(left: int, up: int, corner: int) -> int:
    guess = left + up - corner
    a, b, c = abs(guess - left), abs(guess - up), abs(guess - corner)
    return left if a <= b and a <= c else up if b <= c else corner
