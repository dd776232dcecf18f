"""Keeps what ``crop`` cuts away out of a frame that its decoder shrank: a pixel across an edge mixes both sides.

It would show in a third of the first pixel of a result. Sharp decodes what it crops in full instead, which takes almost
three times as long.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.imaging.bands import Region, Size

if TYPE_CHECKING:
    from PIL import Image


def unmixed_shrink(region: Region, stored: Size) -> int:
    """Return how much a decoder may shrink a ``stored`` frame so that a whole pixel is left inside ``region``."""
    return next(by for by in (8, 4, 2, 1) if by == 1 or _has_pixel(_inside(region, by, stored)))


def replace_mixed(image: Image.Image, region: Region, by: int, stored: Size) -> None:
    """Give the pixels of a shrunk frame that lie across an edge of ``region`` the color of the next one inside."""
    left, top, right, bottom = _inside(region, by, stored)
    wide, high = image.size
    if region[0] % by:
        image.paste(image.crop((left, 0, left + 1, high)), (left - 1, 0))
    if right * by < region[2]:
        image.paste(image.crop((right - 1, 0, right, high)), (right, 0))
    if region[1] % by:
        image.paste(image.crop((0, top, wide, top + 1)), (0, top - 1))
    if bottom * by < region[3]:
        image.paste(image.crop((0, bottom - 1, wide, bottom)), (0, bottom))


def _inside(region: Region, by: int, stored: Size) -> Region:
    """Return the pixels of the shrunk frame that lie inside of the region as a whole."""
    left, top, right, bottom = region
    wide, high = stored
    # the last pixel may stand for fewer, but not for anything outside
    right, bottom = right + (-right % by if right == wide else 0), bottom + (-bottom % by if bottom == high else 0)
    return -(-left // by), -(-top // by), right // by, bottom // by


def _has_pixel(region: Region) -> bool:
    return region[0] < region[2] and region[1] < region[3]
