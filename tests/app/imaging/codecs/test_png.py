"""A transparent color is compared in all the bits that the file has."""

from __future__ import annotations

import struct
import zlib

import pytest

from tests.support import drawing
from tests.support.work import picture

KEY = (0x0A00, 0x1400, 0x1E00)
# The key itself, then colors that differ from it in one lower byte, in another, and in an upper one.
SAMPLES = (KEY, (0x0A01, 0x1400, 0x1E00), (0x0A00, 0x1400, 0x1EFF), (0x0A00, 0x1500, 0x1E00))
ALPHA = [0, 255, 255, 255]


def row() -> bytes:
    return b"".join(struct.pack(">3H", *color) for color in SAMPLES)


def test_colors_of_sixteen_bits_are_compared_whole() -> None:
    data = drawing.png((4, 2), 16, 2, [row()] * 2, tRNS=struct.pack(">3H", *KEY))
    shown = picture(data)
    assert [alpha for *_, alpha in drawing.pixels(shown)] == ALPHA * 2
    assert drawing.pixels(shown)[1][:3] == (10, 20, 30)


def test_interlaced_too() -> None:
    """One row of four is the first pixel, the third, then the second and the fourth, in three passes: Adam7."""
    rows = [
        struct.pack(">3H", *SAMPLES[0]),
        struct.pack(">3H", *SAMPLES[2]),
        struct.pack(">6H", *SAMPLES[1], *SAMPLES[3]),
    ]
    data = drawing.png((4, 1), 16, 2, rows, tRNS=struct.pack(">3H", *KEY))
    head = data[8 + 4 : 8 + 20] + b"\1"
    interlaced = data[:12] + head + zlib.crc32(head).to_bytes(4, "big") + data[33:]
    assert [alpha for *_, alpha in drawing.pixels(picture(interlaced))] == ALPHA


@pytest.mark.parametrize("key", [KEY, (1, 2, 3)])
def test_eight_bits_are_compared_as_before(key: tuple[int, int, int]) -> None:
    data = drawing.png((2, 1), 8, 2, [bytes((1, 2, 3, 4, 5, 6))], tRNS=struct.pack(">3H", *key))
    assert [alpha for *_, alpha in drawing.pixels(picture(data))] == [0 if key == (1, 2, 3) else 255, 255]
