"""Chooses how zlib compresses a PNG: by searching for repeated strings, or by run lengths alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from PIL import Image

from app.imaging import plugins

Settings = Mapping[str, int]

# Below level 4 flat graphics grow threefold; 6 makes files half a percent smaller in twice the time.
SEARCH: Final = {"compress_level": 4}
# zlib's Z_RLE: nothing repeats in a photograph, and not searching takes half the time.
RUNS: Final = {"compress_level": 1, "compress_type": 3}
# How much larger the file may become by that.
WORTH: Final = 1.1
# Both are tried on strips of rows, together a 24th of the picture; below this many pixels nothing is gained.
_STRIPS, _SHARE, _SMALL = 3, 24, 50_000


def settings(image: Image.Image) -> Settings:
    """Return Pillow's settings for ``image``, found by compressing a small part of it both ways."""
    if image.width * image.height < _SMALL or image.height < _STRIPS * _SHARE:
        return SEARCH
    strips = _strips(image)
    return RUNS if _size(strips, RUNS) <= WORTH * _size(strips, SEARCH) else SEARCH


def _strips(image: Image.Image) -> list[Image.Image]:
    rows, stride = image.height // (_STRIPS * _SHARE), image.height // _STRIPS
    tops = (stride // 2 + index * stride for index in range(_STRIPS))
    return [image.crop((0, top, image.width, top + rows)) for top in tops]


def _size(strips: list[Image.Image], how: Settings) -> int:
    return sum(len(plugins.save_image(strip, "png", **how)) for strip in strips)
