"""A zip whose data its own compression cannot read, though its directory is sound."""

from __future__ import annotations

import io
import zipfile
from typing import Final


def _corrupt(compression: int) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        archive.writestr("wsgi.py", "x = 1\n" * 1000)
    data = bytearray(buffer.getvalue())
    start = 30 + len("wsgi.py")
    # behind the properties, which LZMA has and would be refused in another way
    for position in range(start + 9, start + 40):
        data[position] ^= 0xFF
    return bytes(data)


CORRUPT_LZMA: Final = _corrupt(zipfile.ZIP_LZMA)
