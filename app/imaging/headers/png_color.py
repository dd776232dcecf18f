"""Reads what a PNG says of its colors: https://www.w3.org/TR/png-3/#11addnlcolinfo"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Mapping
from typing import Final

from app.imaging.headers import color_space, icc_profile
from app.imaging.headers.matrix_profile import Primaries

# A profile for RGB or gray has up to one megabyte; this takes 10 ms to unpack, and no more is read of a packed one.
_LONGEST: Final = 4 << 20
# The bytes of a profile's name, and the zero behind it.
_NAME: Final = 80


def profile(chunks: Mapping[bytes, memoryview]) -> bytes:
    """Return the ICC profile that the payloads of these chunks give, empty for sRGB, and where none can be read.

    Browsers take the first of cICP, iCCP, sRGB, and gAMA with or without cHRM, that makes sense; so does this.
    """
    for name, read in _READERS.items():
        if name in chunks:
            found = read(chunks)
            if found is not None:
                return found
    return b""


def _code_points(chunks: Mapping[bytes, memoryview]) -> bytes | None:
    if len(chunks[b"cICP"]) != 4:
        return None
    primaries, transfer, matrix, full = chunks[b"cICP"]
    return color_space.from_code_points(primaries, transfer) if (matrix, full) == (0, 1) else None


def _embedded(chunks: Mapping[bytes, memoryview]) -> bytes | None:
    end = bytes(chunks[b"iCCP"][:_NAME]).find(b"\0")
    # behind the name stands how the rest is packed, for which there is one way
    packed = chunks[b"iCCP"][end + 2 :][:_LONGEST] if end >= 0 else b""
    try:
        found = zlib.decompressobj().decompress(packed, _LONGEST)
    except zlib.error:
        return None
    return icc_profile.usable(found) or None


def _gamma(chunks: Mapping[bytes, memoryview]) -> bytes | None:
    try:
        return color_space.from_gamma(struct.unpack(">I", chunks[b"gAMA"])[0], _primaries(chunks.get(b"cHRM", b"")))
    except (struct.error, ArithmeticError):
        return None


def _primaries(chromaticities: bytes | memoryview) -> Primaries | None:
    """Return red, green, blue and white, which comes first in the file; None if there are none."""
    if len(chromaticities) != 32:
        return None
    numbers = [number / 100_000 for number in struct.unpack(">8i", chromaticities)]
    white, red, green, blue = zip(numbers[::2], numbers[1::2], strict=True)
    return red, green, blue, white


_READERS: Final[Mapping[bytes, Callable[[Mapping[bytes, memoryview]], bytes | None]]] = {
    b"cICP": _code_points,
    b"iCCP": _embedded,
    b"sRGB": lambda chunks: b"",
    b"gAMA": _gamma,
}
NAMES: Final = frozenset((*_READERS, b"cHRM"))
