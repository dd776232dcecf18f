"""The eight orientations of EXIF, which quarter turns and mirrors are too: one small group (D4)."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

import msgspec

Size = tuple[int, int]
ExactBox = tuple[Fraction, Fraction, Fraction, Fraction]


class Orientation(msgspec.Struct, frozen=True):
    """Swap the axes first if ``swap``, then mirror left to right if ``mirror_x``, top to bottom if ``mirror_y``."""

    swap: bool = False
    mirror_x: bool = False
    mirror_y: bool = False

    def then(self, after: Orientation) -> Orientation:
        """Return the one orientation that equals this one followed by ``after``."""
        x, y = (self.mirror_y, self.mirror_x) if after.swap else (self.mirror_x, self.mirror_y)
        return Orientation(self.swap != after.swap, x != after.mirror_x, y != after.mirror_y)

    def inverse(self) -> Orientation:
        """Return the orientation that undoes this one."""
        return Orientation(True, self.mirror_y, self.mirror_x) if self.swap else self

    def size(self, size: Size) -> Size:
        """Return what ``size`` becomes."""
        return (size[1], size[0]) if self.swap else size

    def box(self, box: ExactBox, frame: Size) -> ExactBox:
        """Return where ``box`` of a frame of size ``frame`` ends up."""
        x0, y0, x1, y1 = (box[1], box[0], box[3], box[2]) if self.swap else box
        width, height = self.size(frame)
        if self.mirror_x:
            x0, x1 = width - x1, width - x0
        if self.mirror_y:
            y0, y1 = height - y1, height - y0
        return x0, y0, x1, y1


_EXIF: Final = {
    1: Orientation(),
    2: Orientation(mirror_x=True),
    3: Orientation(mirror_x=True, mirror_y=True),
    4: Orientation(mirror_y=True),
    5: Orientation(swap=True),
    6: Orientation(swap=True, mirror_x=True),
    7: Orientation(swap=True, mirror_x=True, mirror_y=True),
    8: Orientation(swap=True, mirror_y=True),
}
_CLOCKWISE: Final = {0: _EXIF[1], 90: _EXIF[6], 180: _EXIF[3], 270: _EXIF[8]}


def from_exif(number: int) -> Orientation:
    """Return the orientation that makes a frame stored with this EXIF value (1..8) upright."""
    return _EXIF[number]


def from_options(rotate: int, *, flip: bool, flop: bool) -> Orientation:
    """Return ``rotate`` degrees clockwise, then flip (top to bottom), then flop (left to right)."""
    return _CLOCKWISE[rotate].then(Orientation(mirror_y=flip)).then(Orientation(mirror_x=flop))
