"""A larger canvas for an image, which letterbox and pad share."""

from __future__ import annotations

from typing import Final

from PIL import Image

from app.imaging.steps.flatten import background_color
from app.imaging.steps.step import FramePlan

_TRANSPARENT: Final = (0, 0, 0, 0)


def surround(image: Image.Image, size: tuple[int, int], offset: tuple[int, int], plan: FramePlan) -> Image.Image:
    """Return a canvas of ``size`` in the background color with the image at ``offset``.

    Where that color is not opaque the canvas stays transparent, and ``flatten`` lays the color under all of it.
    """
    if image.size == size:
        return image
    color = background_color(plan.options.background, alpha=plan.output.alpha)
    transparent = image.mode in ("LA", "RGBA") or color[3] < 255
    gray = image.mode in ("L", "LA") and (color[3] < 255 or len(set(color[:3])) == 1)
    mode = ("LA" if transparent else "L") if gray else ("RGBA" if transparent else "RGB")
    fill = color if color[3] == 255 else _TRANSPARENT
    bands = {"L": fill[:1], "LA": (fill[0], fill[3]), "RGB": fill[:3], "RGBA": fill}
    canvas = Image.new(mode, size, bands[mode])
    canvas.paste(image if image.mode == mode else image.convert(mode), offset)
    return canvas
