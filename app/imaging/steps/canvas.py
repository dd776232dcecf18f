"""What letterbox, pad and flatten share: the background, and a larger canvas for an image."""

from __future__ import annotations

from typing import Final

from PIL import Image

from app import css_colors
from app.imaging.steps.step import FramePlan

_TRANSPARENT: Final = (0, 0, 0, 0)


def background_color(background: str | None, *, alpha: bool) -> css_colors.RGBA:
    """Return what lies under everything: white unless asked for, opaque unless the result can hold ``alpha``."""
    color = css_colors.rgba(background) if background else (255, 255, 255, 0 if alpha else 255)
    return color if alpha or color[3] == 255 else _over_white(color)


def _over_white(color: css_colors.RGBA) -> css_colors.RGBA:
    red, green, blue = ((part * color[3] + 255 * (255 - color[3]) + 127) // 255 for part in color[:3])
    return red, green, blue, 255


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
