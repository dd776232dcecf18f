"""Writes a lossless WebP of as many groups of Huffman codes as there can be, which take megabytes for each kilobyte.

The format: https://developers.google.com/speed/webp/docs/webp_lossless_bitstream_specification
"""

from __future__ import annotations

import struct
from typing import Final

# In which order the lengths of the codes for code lengths are written.
_ORDER: Final = (17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
_ALPHABETS: Final = (280, 256, 256, 256, 40)


class _Bits:
    """Collects numbers, the lowest bit first."""

    def __init__(self) -> None:
        self._text: list[str] = []

    def add(self, value: int, count: int) -> None:
        self._text.append(f"{value:0{count}b}"[::-1])

    def bytes(self) -> bytes:
        text = "".join(self._text)
        padded = text.ljust(-(-len(text) // 8) * 8, "0")
        return int(padded[::-1], 2).to_bytes(len(padded) // 8, "little")


def many_groups(side: int, groups: int) -> bytes:
    """Return a black picture of ``side`` by ``side`` pixels, which has a group of codes for each 4 by 4 of them."""
    bits = _Bits()
    for value, count in ((0x2F, 8), (side - 1, 14), (side - 1, 14), (0, 1), (0, 3), (0, 1), (0, 1), (1, 1), (0, 3)):
        bits.add(value, count)
    # the picture of which group counts where: two channels of bytes in codes of eight bits, and three of one value
    bits.add(0, 1)
    for alphabet in _ALPHABETS[:2]:
        _bytes(bits, alphabet)
    for _ in range(3):
        _single(bits)
    for index in range((side // 4) ** 2):
        low, high = divmod(index % groups, 256)[::-1]
        for byte in (low, high):
            bits.add(int(f"{byte:08b}"[::-1], 2), 8)
    for _ in range(5 * groups):
        _single(bits)
    data = bits.bytes() + bytes(16)
    data += bytes(len(data) % 2)
    return b"RIFF" + struct.pack("<I", len(data) + 12) + b"WEBPVP8L" + struct.pack("<I", len(data)) + data


def _single(bits: _Bits) -> None:
    """Add the code of an alphabet of which only 0 is used."""
    bits.add(0b0001, 4)


def _bytes(bits: _Bits, alphabet: int) -> None:
    """Add the code of an alphabet of which each byte has eight bits."""
    bits.add(0, 1)
    bits.add(len(_ORDER) - 4, 4)
    for symbol in _ORDER:
        bits.add(4 if symbol < 16 else 0, 3)
    bits.add(0, 1)
    for symbol in range(alphabet):
        bits.add(int(f"{8 if symbol < 256 else 0:04b}"[::-1], 2), 4)
