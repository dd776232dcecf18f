"""Pixelate, blur and sharpen; clear pixels never bleed their hidden colours into what is seen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PIL import Image, ImageChops
from PIL.Image import Resampling
from PIL.ImageFilter import Color3DLUT, GaussianBlur

from app.imaging import tone
from app.options import ResizeOptions

_PREMULTIPLIED: Final = {"LA": "La", "RGBA": "RGBa"}
# A Gaussian without the tails below a fifth of its height is this much narrower.
CUT_OFF: Final = 0.85
# sharp's sharpening in steps of 255 where it counts in L* of 100: differences below 2 are doubled once, above
# twice, up to 10 brighter and 20 darker.
_UNIT: Final = 2.55
_FLAT, _STEEP = 1.0, 2.0
_KNEE, _BRIGHTEST, _DARKEST = 2 * _UNIT, 10 * _UNIT, 20 * _UNIT


def apply(image: Image.Image, options: ResizeOptions, table: Color3DLUT | None) -> Image.Image:
    """Return the picture after every effect that is asked for, in the order the documentation promises."""
    if table is not None:
        image = tone.apply(image, options, table)
    if options.pixelate is not None:
        image = pixelate(image, options.pixelate)
    if options.blur is not None:
        image = blur(image, options.blur)
    if options.sharpen is not None:
        image = sharpen(image, options.sharpen)
    return image


def pixelate(image: Image.Image, side: int) -> Image.Image:
    """Return the picture in blocks of ``side`` pixels from its top left, each the mean of what it covers."""
    blocks = image.reduce(side)
    large = blocks.resize((blocks.width * side, blocks.height * side), Resampling.NEAREST)
    return large.crop((0, 0, *image.size))


def blur(image: Image.Image, sigma: float) -> Image.Image:
    """Return the picture under a Gaussian of ``sigma`` pixels, cut off at a fifth of its height as sharp does."""
    return _blurred(image, CUT_OFF * sigma)


def _blurred(image: Image.Image, sigma: float) -> Image.Image:
    return _weighted(image, lambda plain: plain.filter(GaussianBlur(sigma)))


def sharpen(image: Image.Image, sigma: float) -> Image.Image:
    """Return the picture with the lightness of its edges pushed apart, and their colours left alone."""
    alpha = image.getchannel("A") if image.mode in ("LA", "RGBA") else None
    blurred = _blurred(image, sigma)
    if image.mode in ("L", "LA"):
        light = _pushed(image.getchannel(0), blurred.getchannel(0))
        return light if alpha is None else Image.merge("LA", (light, alpha))
    light, blue, red = image.convert("RGB").convert("YCbCr").split()
    pushed = _pushed(light, blurred.convert("RGB").convert("L"))
    result = Image.merge("YCbCr", (pushed, blue, red)).convert("RGB")
    if alpha is not None:
        result.putalpha(alpha)
    return result


def _pushed(light: Image.Image, blurred: Image.Image) -> Image.Image:
    difference = ImageChops.subtract(light, blurred, 1, 128)
    change = difference.point([_change(value - 128) for value in range(256)])
    return ImageChops.add(light, change, 1, -128)


def _change(difference: int) -> int:
    """Return what is added for a difference, shifted by 128 into a byte."""
    size = abs(difference)
    pushed = _FLAT * min(size, _KNEE) + _STEEP * max(0.0, size - _KNEE)
    return 128 + round(min(pushed, _BRIGHTEST) if difference > 0 else -min(pushed, _DARKEST))


def _weighted(image: Image.Image, step: Callable[[Image.Image], Image.Image]) -> Image.Image:
    """Return ``step`` of the picture with its colours weighted by alpha."""
    between = _PREMULTIPLIED.get(image.mode)
    return step(image.convert(between)).convert(image.mode) if between else step(image)
