"""The format and the encoder settings of a result."""

from __future__ import annotations

from typing import Final

import msgspec

# Speed 6 makes files a sixth smaller than 8 but takes up to six times as long: worth it for small results.
AVIF_SPEED, AVIF_SPEED_LARGE = 6, 8
AVIF_LARGE: Final = 2_000_000
# How often a search for the quality that fits max_bytes may encode; a binary search of 1..100 would take seven.
MOST_ENCODES: Final = 6


class Output(msgspec.Struct, frozen=True, kw_only=True):
    """Format and settings of a result; ``quality`` is 1..100, or 0 where the format has none.

    ``first`` and ``frames`` say which frames, ``alpha`` that the format has an alpha channel, ``transparent`` that
    the result may need it. With ``max_bytes`` the quality is the highest to try.
    """

    format: str
    quality: int
    frames: int
    alpha: bool
    transparent: bool
    first: int = 0
    progressive: bool = True
    lossless: bool = False
    max_bytes: int | None = None


def avif_speed(pixels: int) -> int:
    """Return the speed of the AVIF encoder for a result of this many pixels, all frames together."""
    return AVIF_SPEED if pixels <= AVIF_LARGE else AVIF_SPEED_LARGE
