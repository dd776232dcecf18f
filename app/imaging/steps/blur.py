"""Gaussian blur."""

from __future__ import annotations

from typing import Final

from PIL import Image
from PIL.ImageFilter import GaussianBlur

from app.imaging.steps.step import FramePlan

# sharp cuts a Gaussian off below a fifth of its height; without its tails it is this much narrower.
CUT_OFF: Final = 0.85
# The modes in which colors are weighted by alpha: transparent pixels have colors too, which must not be seen at edges.
_PREMULTIPLIED: Final = {"LA": "La", "RGBA": "RGBa"}


def draw(image: Image.Image, plan: FramePlan) -> Image.Image:
    """Return the image blurred by the sigma of the option, in pixels."""
    return gaussian(image, CUT_OFF * (plan.options.blur or 0))


def gaussian(image: Image.Image, sigma: float) -> Image.Image:
    """Return the image blurred, its colors weighted by alpha: hidden colors must not bleed into visible ones."""
    between = _PREMULTIPLIED.get(image.mode)
    if between is None:
        return image.filter(GaussianBlur(sigma))
    return image.convert(between).filter(GaussianBlur(sigma)).convert(image.mode)
