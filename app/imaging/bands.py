"""How a large image with alpha is resampled part by part, so that no copy of all of it is made."""

from __future__ import annotations

import math
from typing import Final

import msgspec

Box = tuple[float, float, float, float]
Size = tuple[int, int]
Region = tuple[int, int, int, int]

# How many pixels around its place a pixel is made of, in pixels of the result: as many as Lanczos takes.
_REACH: Final = 3
# Weighting colors by alpha takes a copy of all pixels. From 32 MiB on, memory is new each time (runtime.allocator) and
# faulting it in takes longer than the rest, so the image is resampled in bands of so many pixels.
_LARGE, _BAND = 1 << 23, 1 << 20


class Bands(msgspec.Struct, frozen=True):
    """How an image is resampled band by band, along its longer side.

    ``axis`` is 0 for bands side by side, 1 for one below the other, ``size`` how many pixels of the result each has
    along it, ``margin`` how many of the source are needed on either side, ``pixels`` how many it has of the source.
    """

    axis: int
    size: int
    margin: int
    pixels: int

    @classmethod
    def of(cls, image: Size, box: Box, size: Size) -> Bands | None:
        """Return the bands of ``image``, None where they would take as much as a copy."""
        axis = int(image[1] >= image[0])
        scale = (box[2 + axis] - box[axis]) / size[axis]
        margin = math.ceil(_REACH * max(scale, 1.0)) + 1
        across = image[1 - axis]
        # what bands share is copied twice, so they are several times as long; three of them are in memory at once
        each = max(1, round(max(_BAND / across, 8 * margin) / scale))
        length = math.ceil(each * scale) + 2 * margin
        if image[0] * image[1] <= _LARGE or 3 * length > image[axis]:
            return None
        return cls(axis, each, margin, across * length)

    def box(self, along: tuple[float, float], across: tuple[float, float]) -> Box:
        """Return the box from ``along`` the axis, where it begins and ends, and ``across`` it."""
        (left, right), (top, bottom) = (across, along) if self.axis else (along, across)
        return left, top, right, bottom


def outwards(box: Box) -> Region:
    """Return the whole pixels that the box touches."""
    return math.floor(box[0]), math.floor(box[1]), math.ceil(box[2]), math.ceil(box[3])


def moved(box: Box, origin: tuple[float, float]) -> Box:
    """Return the same box with ``origin`` at (0, 0)."""
    x, y = origin
    return box[0] - x, box[1] - y, box[2] - x, box[3] - y
