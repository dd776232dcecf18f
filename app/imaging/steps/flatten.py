"""Lays transparent pixels on the background where one is asked for or the format has no alpha channel.

The background around a picture, which letterbox and pad share, is made here too.
"""

from __future__ import annotations

from typing import Final

from PIL import Image

from app.imaging.steps.step import FramePlan
from app.options import css_colors

_TRANSPARENT: Final = (0, 0, 0, 0)


def draw(image: Image.Image, plan: FramePlan) -> Image.Image:
    """Return the image over the background that the options name."""
    if plan.options.background is None and plan.output.alpha:
        return image
    return _over(image, plan.background)


def flatten(image: Image.Image, background: str | None, *, alpha: bool) -> Image.Image:
    """Return the image over ``background``; without alpha channel unless the result can hold ``alpha``.

    Without a background, what is transparent stays so where the result can hold it.
    """
    return image if background is None and alpha else _over(image, background_color(background, alpha=alpha))


def _over(image: Image.Image, color: css_colors.RGBA) -> Image.Image:
    if image.mode not in ("LA", "RGBA"):
        return image
    if color[3] < 255:
        over = image if image.mode == "RGBA" else image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", image.size, color), over)
    mode = "L" if image.mode == "LA" and len(set(color[:3])) == 1 else "RGB"
    canvas = Image.new(mode, image.size, color[:1] if mode == "L" else color[:3])
    canvas.paste(image.convert(mode), (0, 0), image.getchannel("A"))
    return canvas


def surround(image: Image.Image, size: tuple[int, int], offset: tuple[int, int], plan: FramePlan) -> Image.Image:
    """Return a canvas of ``size`` in the background color with the image at ``offset``.

    Where that color is not opaque the canvas stays transparent, and ``flatten`` lays the color under all of it.
    """
    if image.size == size:
        return image
    color = plan.background
    transparent = image.mode in ("LA", "RGBA") or color[3] < 255
    gray = image.mode in ("L", "LA") and (color[3] < 255 or len(set(color[:3])) == 1)
    mode = ("LA" if transparent else "L") if gray else ("RGBA" if transparent else "RGB")
    fill = color if color[3] == 255 else _TRANSPARENT
    bands = {"L": fill[:1], "LA": (fill[0], fill[3]), "RGB": fill[:3], "RGBA": fill}
    canvas = Image.new(mode, size, bands[mode])
    canvas.paste(image if image.mode == mode else image.convert(mode), offset)
    return canvas


def background_color(background: str | None, *, alpha: bool) -> css_colors.RGBA:
    """Return what lies under everything: white unless asked for, opaque unless the result can hold ``alpha``."""
    color = css_colors.rgba(background) if background else (255, 255, 255, 0 if alpha else 255)
    return color if alpha or color[3] == 255 else _over_white(color)


def _over_white(color: css_colors.RGBA) -> css_colors.RGBA:
    red, green, blue = ((part * color[3] + 255 * (255 - color[3]) + 127) // 255 for part in color[:3])
    return red, green, blue, 255
