"""Zips with a sound directory whose data cannot be read, or is not what the directory says."""

from __future__ import annotations

import io
import zipfile
from typing import Final

_NAME: Final = "wsgi.py"


def _zip(data: bytes, compression: int = zipfile.ZIP_DEFLATED) -> bytearray:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        archive.writestr(_NAME, data)
    return bytearray(buffer.getvalue())


def _corrupt(data: bytearray) -> bytes:
    start = 30 + len(_NAME)
    for position in range(start, start + 30):
        data[position] ^= 0xFF
    return bytes(data)


def says(data: bytearray, size: int) -> bytes:
    """Return the zip with another size of its file, unpacked, in its directory."""
    entry = data.rindex(b"PK\x01\x02")
    data[entry + 24 : entry + 28] = size.to_bytes(4, "little")
    return bytes(data)


CORRUPT: Final = _corrupt(_zip(b"x = 1\n" * 1000))
# a compression that no one promises to bound
BZIP2: Final = bytes(_zip(b"x = 1\n", zipfile.ZIP_BZIP2))
# one that is too large, one that says so, and one that does not say so
TOO_LARGE: Final = bytes(_zip(bytes(262_144_000)))
SAYS_TOO_LARGE: Final = says(_zip(b"x = 1\n"), 262_144_000)
SAYS_TOO_LITTLE: Final = says(_zip(bytes(1_000_000)), 10)
