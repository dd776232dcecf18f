"""Reduces a picture to the 256 colours and the one clear index of a GIF."""

from __future__ import annotations

from PIL import Image
from PIL.Image import Dither, Quantize

_CLEAR = 255


def reduced(image: Image.Image) -> Image.Image:
    """Return ``image`` in mode P, or L as it is; alpha below one half becomes clear, the rest opaque."""
    if image.mode == "L":
        return image
    if image.mode == "RGB":
        return _dithered(image, 256)
    alpha = image.getchannel("A")
    result = _dithered(image.convert("RGB"), _CLEAR)
    clear = alpha.point(lambda value: 255 if value < 128 else 0)
    if clear.getbbox() is None:
        return result
    result.paste(_CLEAR, mask=clear)
    result.info["transparency"] = _CLEAR
    return result


def _dithered(image: Image.Image, colours: int) -> Image.Image:
    palette = image.quantize(colours, Quantize.MEDIANCUT)
    return image.quantize(palette=palette, dither=Dither.FLOYDSTEINBERG)
