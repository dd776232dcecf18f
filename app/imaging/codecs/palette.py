"""Reduces a still picture to the 256 colors of a GIF, one of which may be transparent."""

from __future__ import annotations

from typing import Final

from PIL import Image
from PIL.Image import Dither, Quantize, Resampling

_TRANSPARENT: Final = 255
# Finding colors takes 0.7 s for a million noisy pixels, mapping to them 0.02 s: so sample some, map all.
SAMPLE: Final = 131_072
# k-means moves the colors until fewer than one pixel in this many changes its color: an eighth to a third less error
# for a few milliseconds.
SETTLED: Final = 16
# A drawing has at most so many colors, and one for so many pixels. To look at all of them is fast then, gives plain
# areas their exact color, and leaves so little error that dithering would only add noise.
DRAWN, DRAWN_SHARE = 8_192, 16


def reduced(image: Image.Image) -> Image.Image:
    """Return ``image`` in mode P, or L as it is; alpha below one half becomes transparent, the rest opaque."""
    if image.mode == "L":
        return image
    if image.mode == "RGB":
        return _quantized(image, 256)
    alpha = image.getchannel("A")
    result = _quantized(image.convert("RGB"), _TRANSPARENT)
    transparent = alpha.point(lambda value: 255 if value < 128 else 0)
    if transparent.getbbox() is not None:
        result.paste(_TRANSPARENT, mask=transparent)
        result.info["transparency"] = _TRANSPARENT
    return result


def _quantized(image: Image.Image, colors: int) -> Image.Image:
    if image.getcolors(min(DRAWN, image.width * image.height // DRAWN_SHARE)):
        return image.quantize(colors, Quantize.MEDIANCUT)
    sampled = _sampled(image)
    palette = sampled.quantize(colors, Quantize.MEDIANCUT, kmeans=sampled.width * sampled.height // SETTLED)
    return image.quantize(palette=palette, dither=Dither.FLOYDSTEINBERG)


def _sampled(image: Image.Image) -> Image.Image:
    """Return about ``SAMPLE`` pixels at most, evenly spread and unchanged: averages would dull the colors."""
    share = (SAMPLE / (image.width * image.height)) ** 0.5
    if share >= 1:
        return image
    return image.resize((max(1, int(image.width * share)), max(1, int(image.height * share))), Resampling.NEAREST)
