"""The format and the encoder settings of a result."""

from __future__ import annotations

from typing import Final

import msgspec

# Speed 6 makes files a sixth smaller than 8 but takes up to six times as long: worth it for small results.
AVIF_SPEED, AVIF_SPEED_LARGE = 6, 8
AVIF_LARGE: Final = 2_000_000
# The default of sharp too; 6 takes thirty times as long for noise with alpha. Long animations take a half, or a fifth,
# of the time for files a twentieth, or a third, larger.
WEBP_METHOD, WEBP_METHOD_LONG, WEBP_METHOD_LONGEST = 4, 2, 0
WEBP_LONG, WEBP_LONGEST = 10_000_000, 25_000_000
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


def webp_method(pixels: int, frames: int) -> int:
    """Return the method of the WebP encoder, its effort, for a result of this many pixels, all frames together."""
    if frames == 1 or pixels <= WEBP_LONG:
        return WEBP_METHOD
    return WEBP_METHOD_LONG if pixels <= WEBP_LONGEST else WEBP_METHOD_LONGEST
