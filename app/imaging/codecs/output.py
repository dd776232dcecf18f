"""The format and the encoder settings of a result."""

from __future__ import annotations

from typing import Final

import msgspec

# Speed 6 makes files a sixth smaller than 8 but takes up to six times as long: worth it for small results, and for
# animations that leave out no effort. Speed 10 takes as long as 8.
AVIF_SPEEDS: Final = (6, 8, 8)
AVIF_LARGE: Final = 2_000_000
# 4 is the default of sharp too; 6 takes thirty times as long for noise with alpha. Animations that would take long get
# less effort: a half, or a fifth, of the time for files a twentieth, or a third, larger.
WEBP_METHODS: Final = (4, 2, 0)
# How often a search for the quality that fits max_bytes may encode; a binary search of 1..100 would take seven.
MOST_ENCODES: Final = 6


class Output(msgspec.Struct, frozen=True, kw_only=True):
    """Format and settings of a result; ``quality`` is 1..100, or 0 where the format has none.

    ``first`` and ``frames`` say which frames, ``alpha`` that the format has an alpha channel, ``transparent`` that
    the result may need it. With ``max_bytes`` the quality is the highest to try. ``haste`` is how many steps of effort
    (0..2) the encoder of an animation leaves out, see ``cost.encode``.
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
    haste: int = 0


def avif_speed(output: Output, pixels: float) -> int:
    """Return the speed of the AVIF encoder for a result with frames of this many pixels."""
    return AVIF_SPEEDS[output.haste if output.frames > 1 else pixels > AVIF_LARGE]
