"""What each format takes per pixel, to decode and to encode; measured on noise, which no codec can shorten.

Encoders are measured on enlarged noise too, which makes them search longest.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec


class Rate(msgspec.Struct, frozen=True):
    """What a codec takes per pixel: ``memory`` in bytes, ``cpu`` in nanoseconds; ``_alpha`` instead with alpha."""

    memory: float
    memory_alpha: float
    cpu: float
    cpu_alpha: float

    def bytes(self, alpha: bool) -> float:
        """Return the bytes per pixel."""
        return self.memory_alpha if alpha else self.memory

    def seconds(self, alpha: bool) -> float:
        """Return the seconds per pixel."""
        return (self.cpu_alpha if alpha else self.cpu) * 1e-9


# Per pixel of one frame. JPEG, PNG, HEIC, AVIF and TIFF depend on more than that, see ``cost.decode``.
DECODE: Final[Mapping[str, Rate]] = {
    "webp": Rate(20, 21, 65, 75),
    "gif": Rate(5, 9, 16, 16),
    "bmp": Rate(4, 4, 8, 8),
}
# A BMP whose pixels are unpacked here, bit by bit.
MASKED: Final = Rate(24, 24, 40, 40)
# An animation keeps what the next frame is painted on, and a copy of it goes through the steps. For APNG and WebP the
# time is that of canvases: what is coded takes more, see ``cost.decode``.
DECODE_ANIMATED: Final[Mapping[str, Rate]] = {
    "webp": Rate(22, 22, 13, 13),
    "gif": Rate(14.4, 22.5, 25, 30),
    "png": Rate(20, 24, 13, 21),
}
# Per pixel of the result, beside the picture itself; alpha here means that the result keeps it.
ENCODE: Final[Mapping[str, Rate]] = {
    "jpeg": Rate(5, 5, 75, 75),
    "png": Rate(3.6, 4.8, 250, 250),
    "webp": Rate(23, 40, 450, 650),
    "avif": Rate(31, 34, 600, 1000),
    "gif": Rate(9, 13, 40, 45),
    "tiff": Rate(10, 14, 60, 70),
}
ENCODE_ANIMATED: Final[Mapping[str, Rate]] = {
    "png": Rate(11, 12, 250, 250),
    "webp": Rate(5, 6, 450, 650),
    "avif": Rate(4, 6, 330, 550),
    "gif": Rate(7.5, 7.5, 60, 60),
}
# Bytes that an encoder of animations works in: per pixel of one frame, and at least. At the slower speed of AVIF frames
# get edges, of so many pixels on both sides together, however small they are.
CANVASES: Final = {"png": (40, 0), "webp": (40, 0), "gif": (40, 0), "avif": (100, 30_000_000)}
AVIF_SLOW_CANVASES, AVIF_SLOW_EDGED, AVIF_EDGES = (120, 15_000_000), 36, 576
