"""Rounds the corners."""

from __future__ import annotations

from typing import Final

from PIL import Image, ImageChops, ImageDraw
from PIL.Image import Resampling, Transpose

from app.imaging.resample import resample
from app.imaging.steps.step import FramePlan

# For smooth edges, corners are drawn this many times larger and averaged, up to this many pixels.
_FINE, _LARGE = 4, 4096
_WITH_ALPHA: Final = ("LA", "RGBA")


def draw(image: Image.Image, plan: FramePlan) -> Image.Image:
    """Return the image with its corners cut to quarter circles, at most half of the shorter side."""
    radius, half = plan.options.radius or 0, min(image.size) // 2
    mask = _mask(image.size, half if radius == "max" else min(radius, half))
    if image.mode in _WITH_ALPHA:
        mask = ImageChops.multiply(mask, image.getchannel("A"))
    result = image.convert("LA" if image.mode in ("L", "LA") else "RGBA")
    result.putalpha(mask)
    return result


def _mask(size: tuple[int, int], radius: int) -> Image.Image:
    """Return 255 inside; only the four corners are drawn finely."""
    mask = Image.new("L", size, 255)
    if radius < 1:
        return mask
    corner = _corner(radius)
    mirrored = corner.transpose(Transpose.FLIP_LEFT_RIGHT)
    for image, left in ((corner, 0), (mirrored, size[0] - radius)):
        mask.paste(image, (left, 0))
        mask.paste(image.transpose(Transpose.FLIP_TOP_BOTTOM), (left, size[1] - radius))
    return mask


def _corner(radius: int) -> Image.Image:
    """Return the top left quarter of a circle."""
    side = radius * max(1, min(_FINE, _LARGE // radius))
    quarter = Image.new("L", (side, side))
    ImageDraw.Draw(quarter).ellipse((0, 0, 2 * side - 1, 2 * side - 1), fill=255)
    return resample(quarter, (0, 0, *quarter.size), (radius, radius), Resampling.BOX)
