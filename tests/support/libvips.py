"""Reads and writes animations with libvips, which is the second reader of what Pillow wrote."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyvips  # type: ignore[import-untyped]
from numpy.typing import NDArray
from PIL import Image


def frames(data: bytes) -> list[NDArray[np.uint8]]:
    """Return every frame as RGBA, rows by columns by four."""
    strip = pyvips.Image.new_from_buffer(data, "", n=-1)
    if strip.bands == 3:
        strip = strip.bandjoin(255)
    height = strip.get("page-height")
    pixels = strip.numpy()
    return [pixels[top : top + height] for top in range(0, strip.height, height)]


def durations(data: bytes) -> list[int]:
    """Return how long each frame shows, in milliseconds."""
    return list(pyvips.Image.new_from_buffer(data, "", n=-1).get("delay"))


def loop(data: bytes) -> int:
    """Return how often the animation plays, as libvips counts; 0 for ever."""
    return int(pyvips.Image.new_from_buffer(data, "", n=-1).get("loop"))


def gif(images: Sequence[Image.Image], *, delay: int) -> bytes:
    """Return an endless GIF."""
    strip = np.concatenate([np.asarray(image.convert("RGB")) for image in images])
    image = pyvips.Image.new_from_array(strip, interpretation="srgb").copy()
    image.set_type(pyvips.GValue.gint_type, "page-height", images[0].height)
    image.set_type(pyvips.GValue.array_int_type, "delay", [delay] * len(images))
    image.set_type(pyvips.GValue.gint_type, "loop", 0)
    body: bytes = image.gifsave_buffer(dither=0)
    return body
