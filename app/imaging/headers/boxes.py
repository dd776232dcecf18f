"""Reads ISO base media files, such as AVIF and HEIC, box by box: ISO/IEC 14496-12, section 4.2."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

# A HEIC of 50 megapixels in tiles of 256×256 has some 900 boxes; a hostile one has as many as fit into it.
MOST: Final = 4096
_CODES: Final = {1: "B", 2: "H", 4: "I"}


class Fields:
    """Reads unsigned big-endian numbers one after another; raises EOFError past the end."""

    def __init__(self, data: memoryview) -> None:
        self._data = data
        self._at = 0

    def number(self, size: int) -> int:
        """Return the number in the next ``size`` bytes, 0 of none."""
        return int.from_bytes(self.take(size), "big")

    def numbers(self, count: int, size: int) -> tuple[int, ...]:
        """Return the next ``count`` numbers of 1, 2 or 4 bytes each."""
        return struct.unpack(f">{count}{_CODES[size]}", self.take(count * size))

    def take(self, size: int) -> memoryview:
        """Return the next ``size`` bytes."""
        taken = self._data[self._at : self._at + size]
        if len(taken) < size:
            raise EOFError
        self._at += size
        return taken

    def rest(self) -> memoryview:
        """Return all bytes that are left."""
        return self._data[self._at :]


def boxes(data: memoryview) -> Iterator[tuple[bytes, memoryview]]:
    """Yield the name and payload of each box; raises EOFError when one does not fit, ValueError when there are many."""
    for _ in range(MOST):
        if len(data) < 8:
            return
        size, name, head = int.from_bytes(data[:4], "big"), bytes(data[4:8]), 8
        if size == 1:
            size, head = Fields(data[8:]).number(8), 16
        end = size or len(data)
        if not head <= end <= len(data):
            raise EOFError
        yield name, data[head:end]
        data = data[end:]
    if len(data) >= 8:
        raise ValueError("too many boxes")


def inside(data: memoryview, *names: bytes) -> memoryview:
    """Return the payload of the first box of the last of ``names``, each in the one before; raises EOFError."""
    for name in names:
        data = next((payload for kind, payload in boxes(data) if kind == name), memoryview(b""))
    if not data:
        raise EOFError
    return data
