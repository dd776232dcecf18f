"""Draws images of every kind with a given number of pixels, of content that compresses well: memory follows pixels."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image

# from a number of pixels, of each frame, to a file
Draw = Callable[[float], bytes]
FRAMES, LONG_FRAMES = 3, 60


def _still(pixels: float, *, mode: str, format: str, noise: bool = False, ratio: float = 1.0, **settings: Any) -> bytes:
    return _saved([_picture(pixels, mode, noise=noise, ratio=ratio)], format, **settings)


def _animated(pixels: float, *, mode: str, format: str, count: int = FRAMES, **settings: Any) -> bytes:
    """Return an animation of ``count`` frames of ``pixels`` each, which differ everywhere."""
    first = _picture(pixels, "RGB")
    frames = [
        first.point([value ^ (37 * step % 256) for value in range(256)] * 3).convert(mode) for step in range(count)
    ]
    return _saved(frames, format, save_all=True, append_images=frames[1:], duration=50, **settings)


def _picture(pixels: float, mode: str, *, noise: bool = False, ratio: float = 1.0) -> Image.Image:
    """Return gradients ``ratio`` times as wide as high, or a square of noise, with alpha if the mode has it."""
    side = int(pixels**0.5)
    if noise:
        tile = np.random.default_rng(7).integers(0, 256, (500, 500, 3), np.uint8)
        repeats = -(-side // 500)
        return Image.fromarray(np.tile(tile, (repeats, repeats, 1))[:side, :side]).convert(mode)
    if mode == "I;16":
        return Image.fromarray(np.tile(np.arange(side, dtype=np.uint16), (side, 1)))
    size = round(side * ratio**0.5), round(side / ratio**0.5)
    gradients = [Image.linear_gradient("L").rotate(90 * turn).resize(size) for turn in range(3)]
    image = Image.merge("RGB", gradients).convert(mode)
    if mode in ("LA", "RGBA"):
        image.putalpha(gradients[0])
    return image


def _saved(frames: list[Image.Image], format: str, **settings: Any) -> bytes:
    out = BytesIO()
    frames[0].save(out, format, **settings)
    return out.getvalue()


STILL: Mapping[str, Draw] = {
    "JPEG": partial(_still, mode="RGB", format="JPEG", noise=True, quality=40),
    "progressive JPEG": partial(_still, mode="RGB", format="JPEG", quality=60, progressive=True),
    "progressive 4:4:4 JPEG": partial(
        _still, mode="RGB", format="JPEG", quality=60, progressive=True, subsampling="4:4:4"
    ),
    "CMYK JPEG": partial(_still, mode="CMYK", format="JPEG", quality=60),
    "grey JPEG": partial(_still, mode="L", format="JPEG", quality=60),
    "noise PNG": partial(_still, mode="RGB", format="PNG", noise=True, compress_level=1),
    "RGBA PNG": partial(_still, mode="RGBA", format="PNG", compress_level=1),
    "wide RGBA PNG": partial(_still, mode="RGBA", format="PNG", ratio=40.0, compress_level=1),
    "LA PNG": partial(_still, mode="LA", format="PNG", compress_level=1),
    "palette PNG": partial(_still, mode="P", format="PNG", compress_level=1),
    "16-bit PNG": partial(_still, mode="I;16", format="PNG", compress_level=1),
    "1-bit PNG": partial(_still, mode="1", format="PNG", compress_level=1),
    "WebP": partial(_still, mode="RGB", format="WEBP", method=0),
    "RGBA WebP": partial(_still, mode="RGBA", format="WEBP", method=0),
    "AVIF": partial(_still, mode="RGB", format="AVIF", speed=10),
    "GIF": partial(_still, mode="P", format="GIF"),
    "TIFF": partial(_still, mode="RGB", format="TIFF", compression="tiff_lzw"),
    "BMP": partial(_still, mode="RGB", format="BMP"),
}
ANIMATED: Mapping[str, Draw] = {
    "moving GIF": partial(_animated, mode="P", format="GIF"),
    "moving WebP": partial(_animated, mode="RGB", format="WEBP", method=0),
    "moving AVIF": partial(_animated, mode="RGB", format="AVIF", speed=10),
    "moving PNG": partial(_animated, mode="RGBA", format="PNG", compress_level=1),
}
LONG_ANIMATION: Callable[[], bytes] = partial(_animated, 5e4, mode="P", format="GIF", count=LONG_FRAMES)
