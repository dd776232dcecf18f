"""Rotation by any angle, as arithmetic: how large the result is, and where each of its pixels comes from."""

from __future__ import annotations

from math import copysign, cos, floor, radians, sin

import msgspec

from app.imaging.orientation import Size

Affine = tuple[float, float, float, float, float, float]
Point = tuple[float, float]


class Rotation(msgspec.Struct, frozen=True):
    """A rotation and the cut and resize after it, as one affine transform to ``size``, in pixels.

    ``source`` is a to f: the result's (x, y) shows (ax+by+c, dx+ey+f) of what is rotated.
    """

    size: Size
    source: Affine


def rotation(
    region: Size, degrees: float, *, reduced: Size, box: tuple[float, float, float, float], center: Point, size: Size
) -> Rotation:
    """Return the clockwise rotation of a ``region``, drawn in the size ``reduced``, of which ``box`` makes ``size``.

    The box is a part of ``rotated_size``, in whose middle ``center`` of the region is shown.
    """
    across, down = (box[2] - box[0]) / size[0], (box[3] - box[1]) / size[1]
    right, below = reduced[0] / region[0], reduced[1] / region[1]
    c, s = cos(radians(degrees)), sin(radians(degrees))
    wide, high = rotated_size(region, degrees)
    x, y = box[0] - wide / 2, box[1] - high / 2
    return Rotation(
        size,
        (
            right * c * across,
            right * s * down,
            right * (c * x + s * y + center[0]),
            -below * s * across,
            below * c * down,
            below * (-s * x + c * y + center[1]),
        ),
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
