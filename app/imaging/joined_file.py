"""Reads pieces of memory as one file, so that a decoder gets parts of a large file without a copy of them."""

from __future__ import annotations

import io
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import Any

# Bytes, or pieces of bytes that follow one another.
Content = bytes | Sequence[bytes | memoryview]


class JoinedPieces(io.RawIOBase):
    """The pieces one after another; ``io.BufferedReader`` makes many small reads of it quick."""

    def __init__(self, pieces: Sequence[bytes | memoryview]) -> None:
        self._pieces = pieces
        self._starts = list(accumulate(map(len, pieces), initial=0))
        self._at = 0

    def readable(self) -> bool:
        """Return True, as what is opened for reading does."""
        return True

    def seekable(self) -> bool:
        """Return True, as what has all its bytes does."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to ``offset`` from the start, from here or from the end, and return the place."""
        self._at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._starts[-1]}[whence]
        return self._at

    def readinto(self, buffer: Any) -> int:
        """Fill ``buffer`` from the piece at this place, and return how many bytes it had; 0 at the end."""
        if self._at >= self._starts[-1]:
            return 0
        index = bisect_right(self._starts, self._at) - 1
        begin = self._at - self._starts[index]
        read = self._pieces[index][begin : begin + len(buffer)]
        buffer[: len(read)] = read
        self._at += len(read)
        return len(read)


def joined_file(content: Content) -> io.BytesIO | io.BufferedReader:
    """Return a file to read ``content`` from."""
    return io.BytesIO(content) if isinstance(content, bytes) else io.BufferedReader(JoinedPieces(content))
