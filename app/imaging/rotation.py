"""Rotation by any angle, as arithmetic: how large the result is, and where each of its pixels comes from."""

from __future__ import annotations

from math import copysign, cos, floor, radians, sin

import msgspec

from app.imaging.orientation import Size

Affine = tuple[float, float, float, float, float, float]
Point = tuple[float, float]


class Rotation(msgspec.Struct, frozen=True):
    """A clockwise rotation by ``degrees`` and the cut and resize after it, as one affine transform.

    ``region`` is the size of what is rotated, ``whole`` the size that holds all of it afterwards, ``center`` the point
    of the region in the middle of that; ``box`` of the whole is kept and drawn in ``size``. All in pixels.
    """

    size: Size
    degrees: float
    region: Size
    whole: Size
    center: Point
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
            right * (c * x + s * y + self.center[0]),
            -below * s * across,
            below * c * down,
            below * (-s * x + c * y + self.center[1]),
        )


def rotated_size(size: Size, degrees: float) -> Size:
    """Return the width and height that hold ``size`` rotated by ``degrees``, in whole pixels, halves upwards."""
    c, s = abs(cos(radians(degrees))), abs(sin(radians(degrees)))
    wide, high = size[0] * c + size[1] * s, size[0] * s + size[1] * c
    return max(1, floor(wide + 0.5)), max(1, floor(high + 0.5))


def rotated_center(size: Size, degrees: float) -> Point:
    """Return the point of a region of ``size`` that its rotation shows in the middle of ``rotated_size``.

    Not quite its own center: libvips, which sharp uses, rotates about the center of the top left pixel and puts the
    result on whole pixels. Seen in libvips 8.18, ``transform_rect`` of libvips/resample/transform.c.
    """
    c, s = cos(radians(degrees)), sin(radians(degrees))
    corners = [(x * c - y * s, x * s + y * c) for x in (0, size[0]) for y in (0, size[1])]
    left, top = (_nearest(min(edge)) for edge in zip(*corners, strict=True))
    wide, high = rotated_size(size, degrees)
    x, y = left + (wide - 1) / 2, top + (high - 1) / 2
    return c * x + s * y + 0.5, -s * x + c * y + 0.5


def _nearest(value: float) -> int:
    """Return the nearest integer, halves away from zero."""
    return int(value + copysign(0.5, value))
