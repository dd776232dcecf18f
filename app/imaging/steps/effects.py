"""Pixelate, blur and sharpen; clear pixels never bleed their hidden colours into what is seen."""

from __future__ import annotations

from typing import Final

import msgspec
from PIL import Image
from PIL.Image import Resampling
from PIL.ImageFilter import Color3DLUT

from app.imaging.steps import color_adjust, sharpen
from app.options import ResizeOptions

# A Gaussian without the tails below a fifth of its height is this much narrower.
CUT_OFF: Final = 0.85


class Tables(msgspec.Struct, frozen=True):
    """The tables of colours that the options need, which serve every frame."""

    tone: Color3DLUT | None = None
    sharpen: sharpen.Tables | None = None


def tables(options: ResizeOptions) -> Tables:
    """Return the tables for ``options``."""
    return Tables(color_adjust.table(options), sharpen.tables() if options.sharpen is not None else None)


def apply(image: Image.Image, options: ResizeOptions, using: Tables) -> Image.Image:
    """Return the picture after every effect that is asked for, in the order the documentation promises."""
    if using.tone is not None:
        image = color_adjust.apply(image, options, using.tone)
    if options.pixelate is not None:
        image = pixelate(image, options.pixelate)
    if options.blur is not None:
        image = blur(image, options.blur)
    if options.sharpen is not None and using.sharpen is not None:
        image = sharpen.sharpen(image, options.sharpen, using.sharpen)
    return image


def pixelate(image: Image.Image, side: int) -> Image.Image:
    """Return the picture in blocks of ``side`` pixels from its top left, each the mean of what it covers."""
    blocks = image.reduce(side)
    large = blocks.resize((blocks.width * side, blocks.height * side), Resampling.NEAREST)
    return large.crop((0, 0, *image.size))


def blur(image: Image.Image, sigma: float) -> Image.Image:
    """Return the picture under a Gaussian of ``sigma`` pixels, cut off at a fifth of its height as sharp does."""
    return sharpen.blurred(image, CUT_OFF * sigma)
