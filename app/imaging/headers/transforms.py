"""Reads which part of a HEIC's picture is shown, and how it is rotated and mirrored: ISO/IEC 23008-12, section 6.5."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from app.core.errors import UndecodableImage
from app.imaging.orientation import Orientation, from_options

Box = tuple[int, int, int, int]


def read(properties: Iterable[tuple[bytes, memoryview]], size: tuple[int, int]) -> tuple[Box, Orientation]:
    """Return the box (left, top, right, bottom) of a picture of ``size`` that is shown, and what makes it upright.

    Raises ValueError when the box is not inside of the picture, and UndecodableImage when it is meant for a picture
    that was turned or cut before.
    """
    whole = box = (0, 0, *size)
    orientation = Orientation()
    for name, payload in properties:
        if name == b"clap":
            if (box, orientation) != (whole, Orientation()):
                raise UndecodableImage("a HEIC that is turned before it is cut, or cut twice, is not supported")
            box = _aperture(payload, size)
        elif name == b"irot":
            orientation = orientation.then(from_options(-90 * (payload[0] & 3) % 360, flip=False, flop=False))
        elif name == b"imir":
            orientation = orientation.then(Orientation(mirror_x=bool(payload[0] & 1), mirror_y=not payload[0] & 1))
    return box, orientation


def _aperture(clap: memoryview, size: tuple[int, int]) -> Box:
    """Return the box that a clean aperture leaves (ISO/IEC 14496-12, section 12.1.4), in whole pixels."""
    numbers = [int.from_bytes(clap[at : at + 4], "big", signed=at >= 16) for at in range(0, 32, 4)]
    width, height, x, y = (Fraction(above, below) for above, below in zip(numbers[::2], numbers[1::2], strict=True))
    left, top = int((size[0] - width) / 2 + x), int((size[1] - height) / 2 + y)
    box = left, top, left + int(width), top + int(height)
    if not (0 <= left < box[2] <= size[0] and 0 <= top < box[3] <= size[1]):
        raise ValueError("a clean aperture that is not inside of the picture")
    return box
