"""The geometry of one resize as plain values: ``geometry`` decides it, the steps carry it out."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final

import msgspec

from app.imaging.bands import Box
from app.imaging.orientation import Orientation, Size
from app.options import ResizeOptions

if TYPE_CHECKING:
    from app.imaging.rotation import Rotation

# A scaled decode leaves at least this many times the final size to the resize filter. Measured beside 2: a JPEG loses
# at most 0.001 of SSIM for a sixth of the time, and a PNG 0.003.
LEFT: Final = 1.4
# How much a decoder shrinks inks at most: it mixes them before they are converted. Of a photograph, whose neighbors are
# alike, not even an eighth shows it.
_MOST_INK: Final = 4
# The longest side, in pixels, of what a smart crop searches.
_SEARCHED: Final = 512
# Where along each axis a gravity sits: 0 left or top, 1 right or bottom.
GRAVITIES: Final = {
    "center": (Fraction(1, 2), Fraction(1, 2)),
    "north": (Fraction(1, 2), Fraction(0)),
    "northeast": (Fraction(1), Fraction(0)),
    "east": (Fraction(1), Fraction(1, 2)),
    "southeast": (Fraction(1), Fraction(1)),
    "south": (Fraction(1, 2), Fraction(1)),
    "southwest": (Fraction(0), Fraction(1)),
    "west": (Fraction(0), Fraction(1, 2)),
    "northwest": (Fraction(0), Fraction(0)),
}


class ResizePlan(msgspec.Struct, frozen=True):
    """What happens to each frame: cut ``box``, resize to ``scaled``, orient, rotate, place on ``canvas``.

    ``box`` is left, top, right, bottom in pixels of the stored frame, ``scaled`` its new size before ``orientation``,
    ``canvas`` the size of the result. ``region`` is what ``crop`` keeps, in the same pixels: the box lies inside of it,
    and nothing else of the frame may show; None for all of it. ``offset`` is where the picture lies on the canvas
    before ``pad`` (top, right, bottom, left) is added. ``shrink`` (1, 2, 4, 8) is how much the decoder may shrink by
    itself.
    """

    box: tuple[float, float, float, float]
    scaled: Size
    orientation: Orientation
    canvas: Size
    offset: tuple[int, int] = (0, 0)
    shrink: int = 1
    rotation: Rotation | None = None
    pad: tuple[int, int, int, int] = (0, 0, 0, 0)
    region: tuple[int, int, int, int] | None = None

    @property
    def box_size(self) -> tuple[float, float]:
        """Return the size of the part that is cut from the stored frame."""
        return self.box[2] - self.box[0], self.box[3] - self.box[1]

    @property
    def picture(self) -> Size:
        """Return the size of the picture once it is oriented and rotated."""
        return self.rotation.size if self.rotation else self.orientation.size(self.scaled)

    @property
    def framed(self) -> Size:
        """Return the size of the result before pad is added."""
        top, right, bottom, left = self.pad
        return self.canvas[0] - left - right, self.canvas[1] - top - bottom


def is_smart_crop(options: ResizeOptions) -> bool:
    """Return whether gravity is a search (entropy or attention) and not a fixed place."""
    return options.gravity not in GRAVITIES


def half_up(value: Fraction) -> int:
    """Return the nearest integer, halves upwards, at least 1."""
    return max(1, (2 * value.numerator + value.denominator) // (2 * value.denominator))


def searched_size(width: float, height: float) -> Size:
    """Return the size in which a picture is searched for the part that a smart crop keeps."""
    by = max(1, max(width, height) / _SEARCHED)
    return max(1, round(width / by)), max(1, round(height / by))


def overlay_size(overlay: Size, canvas: Size, options: ResizeOptions) -> Size:
    """Return the size of a watermark on ``canvas``: its scale, whichever side is reached first."""
    share = Fraction(repr(options.watermark_scale))
    scale = min(share * canvas[0] / overlay[0], share * canvas[1] / overlay[1])
    return half_up(overlay[0] * scale), half_up(overlay[1] * scale)


def shrink(format: str, whole: tuple[float, float], size: Size, *, left: float = LEFT, most: int = 8) -> int:
    """Return how much the decoder may shrink ``whole``, leaving at least ``left`` times ``size``; 1 unless a JPEG.

    It is never more than ``most``.
    """
    if format != "jpeg":
        return 1
    ratio = min(whole[0] / size[0], whole[1] / size[1])
    return next((by for by in (8, 4, 2) if by <= most and ratio >= by * left), 1)


def most_shrink(mode: str) -> int:
    """Return how much the decoder may shrink a frame of this mode at most."""
    return _MOST_INK if mode == "CMYK" else 8


def shrunk(box: Box, by: int, size: Size) -> Box:
    """Return where ``box`` of the stored frame lies in the frame that the decoder shrank to ``size``.

    The last pixel may stand for fewer than ``by``.
    """
    left, top, right, bottom = (edge / by for edge in box)
    return left, top, min(right, size[0]), min(bottom, size[1])
