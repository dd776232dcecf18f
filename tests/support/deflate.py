"""Writes streams of deflate that are longer than what they hold: RFC 1950 and 1951."""

from __future__ import annotations

import struct
import zlib
from typing import Final

# A block of no bytes that are only copied. Those with codes of their own take a decoder longest.
_EMPTY: Final = b"\0\0\0\xff\xff"


def padded(raw: bytes, size: int) -> bytes:
    """Return ``raw`` in zlib's format behind ``size`` bytes of empty blocks."""
    coder = zlib.compressobj(wbits=-15)
    blocks = _EMPTY * (size // len(_EMPTY)) + coder.compress(raw) + coder.flush()
    return b"\x78\x9c" + blocks + struct.pack(">I", zlib.adler32(raw))
