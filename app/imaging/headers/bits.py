"""Reads the syntax elements of a video codec's headers, bit by bit."""

from __future__ import annotations


class Bits:
    """Reads unsigned numbers one after another, the highest bit first; raises EOFError past the end."""

    def __init__(self, data: bytes) -> None:
        self._bits = bin(int.from_bytes(b"\1" + data, "big"))[3:]
        self._at = 0

    def u(self, count: int) -> int:
        """Return ``count`` bits as an unsigned number."""
        end = self._at + count
        if end > len(self._bits):
            raise EOFError
        value, self._at = int("0" + self._bits[self._at : end], 2), end
        return value

    def ue(self) -> int:
        """Return an unsigned number in Exp-Golomb code."""
        zeros = self._bits.find("1", self._at) - self._at
        if not 0 <= zeros <= 32:
            raise EOFError
        self._at += zeros
        return self.u(zeros + 1) - 1
