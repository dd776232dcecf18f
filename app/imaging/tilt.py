"""Turns by any angle, as arithmetic: how large the turned picture is, and where each of its pixels comes from."""

from __future__ import annotations

from math import cos, floor, radians, sin

import msgspec

from app.imaging.turns import Size

Affine = tuple[float, float, float, float, float, float]


class Tilt(msgspec.Struct, frozen=True):
    """A turn clockwise by ``degrees`` about the middle.

    ``region`` is what is turned, ``whole`` the size of the turned whole; ``box`` of it is kept and drawn in ``size``.
    """

    size: Size
    degrees: float
    region: Size
    whole: Size
    box: tuple[float, float, float, float]

    def source_of(self, drawn: Size) -> Affine:
        """Return a to f: the result's (x, y) shows (ax+by+c, dx+ey+f) of the region, which was drawn in this size."""
        across, down = (self.box[2] - self.box[0]) / self.size[0], (self.box[3] - self.box[1]) / self.size[1]
        right, below = drawn[0] / self.region[0], drawn[1] / self.region[1]
        c, s = cos(radians(self.degrees)), sin(radians(self.degrees))
        x, y = self.box[0] - self.whole[0] / 2, self.box[1] - self.whole[1] / 2
        return (
            right * c * across,
            right * s * down,
            right * (c * x + s * y + self.region[0] / 2),
            -below * s * across,
            below * c * down,
            below * (-s * x + c * y + self.region[1] / 2),
        )


def tilted_size(size: Size, degrees: float) -> Size:
    """Return the width and height that hold ``size`` turned by ``degrees``, in whole pixels, halves upwards."""
    c, s = abs(cos(radians(degrees))), abs(sin(radians(degrees)))
    wide, high = size[0] * c + size[1] * s, size[0] * s + size[1] * c
    return max(1, floor(wide + 0.5)), max(1, floor(high + 0.5))
