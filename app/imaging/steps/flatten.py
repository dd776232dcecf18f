"""Lays transparent pixels on the background where one is asked for or the format has no alpha channel."""

from __future__ import annotations

from PIL import Image

from app.imaging.steps.step import FramePlan
from app.options import css_colors


def draw(image: Image.Image, plan: FramePlan) -> Image.Image:
    """Return the image over the background that the options name."""
    return flatten(image, plan.options.background, alpha=plan.output.alpha)


def flatten(image: Image.Image, background: str | None, *, alpha: bool) -> Image.Image:
    """Return the image over ``background``; without alpha channel unless the result can hold ``alpha``.

    Without a background, what is transparent stays so where the result can hold it.
    """
    if image.mode not in ("LA", "RGBA") or (background is None and alpha):
        return image
    color = background_color(background, alpha=alpha)
    if color[3] < 255:
        canvas = Image.new("RGBA", image.size, color)
        canvas.alpha_composite(image.convert("RGBA"))
        return canvas
    mode = "L" if image.mode == "LA" and len(set(color[:3])) == 1 else "RGB"
    canvas = Image.new(mode, image.size, color[:1] if mode == "L" else color[:3])
    canvas.paste(image.convert(mode), (0, 0), image.getchannel("A"))
    return canvas


def background_color(background: str | None, *, alpha: bool) -> css_colors.RGBA:
    """Return what lies under everything: white unless asked for, opaque unless the result can hold ``alpha``."""
    color = css_colors.rgba(background) if background else (255, 255, 255, 0 if alpha else 255)
    return color if alpha or color[3] == 255 else _over_white(color)


def _over_white(color: css_colors.RGBA) -> css_colors.RGBA:
    red, green, blue = ((part * color[3] + 255 * (255 - color[3]) + 127) // 255 for part in color[:3])
    return red, green, blue, 255
