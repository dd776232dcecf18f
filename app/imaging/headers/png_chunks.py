"""Splits a PNG into its chunks: https://www.w3.org/TR/png-3/#5Chunk-layout"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

import msgspec

from app.imaging.headers import MOST_PARTS


class Chunk(msgspec.Struct, frozen=True):
    """One chunk: its name, and where it begins and ends in the file, length and checksum included.

    The end of pixels that are cut short, and of a last chunk that is missing, lies behind the file.
    """

    name: bytes
    begin: int
    end: int

    def payload(self, data: bytes) -> memoryview:
        """Return what is between the chunk's name and its checksum."""
        return memoryview(data)[self.begin + 8 : self.end - 4]

    def whole(self, data: bytes) -> bool:
        """Return whether the checksum is right."""
        checksum = int.from_bytes(data[self.end - 4 : self.end], "big")
        return zlib.crc32(memoryview(data)[self.begin + 4 : self.end - 4]) == checksum


def chunks(data: bytes) -> Iterator[Chunk]:
    """Yield the chunks up to IEND, which is made up where the rest is missing or broken: it makes no pixel.

    Raises EOFError for a frame of an animation that is cut, ValueError for too many chunks.
    """
    at = 8
    for _ in range(MOST_PARTS):
        length, name = struct.unpack_from(">I4s", data, at) if at + 8 <= len(data) else (0, b"")
        end = at + 12 + length
        if end > len(data) and name == b"fdAT":
            raise EOFError
        if end > len(data) and name != b"IDAT":
            end, name = len(data) + 12, b"IEND"
        yield Chunk(name, at, end)
        if name == b"IEND":
            return
        at = end
    raise ValueError("too many chunks")
