"""Reduces a picture to the 256 colours and the one clear index of a GIF."""

from __future__ import annotations

from typing import Final

from PIL import Image
from PIL.Image import Dither, Quantize, Resampling

_CLEAR: Final = 255
# Finding colours takes 0.7 s for a million noisy pixels, mapping to them 0.02 s: so look at some, map all.
SAMPLE, SAMPLE_LEAST = 131_072, 16_384
# The colours found are moved to the middle of what falls to them until fewer than one pixel in so many changes sides:
# an eighth to a third less error for a few milliseconds.
SETTLED: Final = 16


def reduced(image: Image.Image, *, frames: int = 1) -> Image.Image:
    """Return ``image`` in mode P, or L as it is; alpha below one half becomes clear, the rest opaque.

    ``frames`` share the time that one picture may spend on finding its colours.
    """
    if image.mode == "L":
        return image
    sample = max(SAMPLE_LEAST, SAMPLE // frames)
    if image.mode == "RGB":
        return _dithered(image, 256, sample)
    alpha = image.getchannel("A")
    result = _dithered(image.convert("RGB"), _CLEAR, sample)
    clear = alpha.point(lambda value: 255 if value < 128 else 0)
    if clear.getbbox() is not None:
        result.paste(_CLEAR, mask=clear)
        result.info["transparency"] = _CLEAR
    return result


def _dithered(image: Image.Image, colours: int, sample: int) -> Image.Image:
    seen = _sampled(image, sample)
    palette = seen.quantize(colours, Quantize.MEDIANCUT, kmeans=seen.width * seen.height // SETTLED)
    return image.quantize(palette=palette, dither=Dither.FLOYDSTEINBERG)


def _sampled(image: Image.Image, most: int) -> Image.Image:
    """Return at most about ``most`` of the pixels, evenly taken and as they are: averages would dull the colours."""
    share = (most / (image.width * image.height)) ** 0.5
    if share >= 1:
        return image
    return image.resize((max(1, int(image.width * share)), max(1, int(image.height * share))), Resampling.NEAREST)
