"""Turns by any angle, as arithmetic: how large the turned picture is, and where each of its pixels comes from."""

from __future__ import annotations

from math import copysign, cos, floor, radians, sin

import msgspec

from app.imaging.orientation import Size

Affine = tuple[float, float, float, float, float, float]
Point = tuple[float, float]


class Tilt(msgspec.Struct, frozen=True):
    """A turn clockwise by ``degrees``.

    ``region`` is what is turned, ``whole`` the size of the turned whole, ``middle`` the point of the region in the
    middle of it; ``box`` of the whole is kept and drawn in ``size``.
    """

    size: Size
    degrees: float
    region: Size
    whole: Size
    middle: Point
    box: tuple[float, float, float, float]

    def source_of(self, scaled: Size) -> Affine:
        """Return a to f: the result's (x, y) shows (ax+by+c, dx+ey+f) of the region, which was drawn in this size."""
        across, down = (self.box[2] - self.box[0]) / self.size[0], (self.box[3] - self.box[1]) / self.size[1]
        right, below = scaled[0] / self.region[0], scaled[1] / self.region[1]
        c, s = cos(radians(self.degrees)), sin(radians(self.degrees))
        x, y = self.box[0] - self.whole[0] / 2, self.box[1] - self.whole[1] / 2
        return (
            right * c * across,
            right * s * down,
            right * (c * x + s * y + self.middle[0]),
            -below * s * across,
            below * c * down,
            below * (-s * x + c * y + self.middle[1]),
        )


def tilted_size(size: Size, degrees: float) -> Size:
    """Return the width and height that hold ``size`` turned by ``degrees``, in whole pixels, halves upwards."""
    c, s = abs(cos(radians(degrees))), abs(sin(radians(degrees)))
    wide, high = size[0] * c + size[1] * s, size[0] * s + size[1] * c
    return max(1, floor(wide + 0.5)), max(1, floor(high + 0.5))


def tilted_middle(size: Size, degrees: float) -> Point:
    """Return the point of a region of ``size`` that its turn shows in the middle of ``tilted_size``.

    Not quite its own middle: sharp's library turns about the centre of the top left pixel and puts the result on
    whole pixels, and a picture that lies elsewhere by a part of a pixel would be another one.
    Seen in libvips 8.18, ``transform_rect`` of libvips/resample/transform.c.
    """
    c, s = cos(radians(degrees)), sin(radians(degrees))
    corners = [(x * c - y * s, x * s + y * c) for x in (0, size[0]) for y in (0, size[1])]
    left, top = (_nearest(min(edge)) for edge in zip(*corners, strict=True))
    wide, high = tilted_size(size, degrees)
    x, y = left + (wide - 1) / 2, top + (high - 1) / 2
    return c * x + s * y + 0.5, -s * x + c * y + 0.5


def _nearest(value: float) -> int:
    """Return the nearest integer, halves away from zero."""
    return int(value + copysign(0.5, value))
