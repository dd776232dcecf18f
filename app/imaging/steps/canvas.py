"""What surrounds the picture: letterbox, rounded corners, padding and the ground under clear pixels."""

from __future__ import annotations

from typing import Final, Literal

from PIL import Image
from PIL.Image import Resampling, Transpose

from app import css_colors

_CLEAR: Final = (0, 0, 0, 0)
# Corners are drawn this much larger and averaged, so that they are smooth, as long as that is not this large.
_FINE, _LARGE = 4, 4096


def ground(background: str | None, *, alpha: bool) -> css_colors.RGBA:
    """Return what lies under everything: white unless asked for, opaque unless the result can hold ``alpha``."""
    colour = css_colors.rgba(background) if background else (255, 255, 255, 0 if alpha else 255)
    return colour if alpha or colour[3] == 255 else _over_white(colour)


def surround(
    image: Image.Image, size: tuple[int, int], offset: tuple[int, int], *, colour: css_colors.RGBA
) -> Image.Image:
    """Return a canvas of ``size`` with the picture at ``offset``.

    Where ``colour`` is not opaque the canvas stays clear: ``flatten`` lays the ground under all of it later.
    """
    if image.size == size:
        return image
    clear = image.mode in ("LA", "RGBA") or colour[3] < 255
    grey = image.mode in ("L", "LA") and (colour[3] < 255 or len(set(colour[:3])) == 1)
    mode = ("LA" if clear else "L") if grey else ("RGBA" if clear else "RGB")
    fill = colour if colour[3] == 255 else _CLEAR
    bands = {"L": fill[:1], "LA": (fill[0], fill[3]), "RGB": fill[:3], "RGBA": fill}
    canvas = Image.new(mode, size, bands[mode])
    canvas.paste(image if image.mode == mode else image.convert(mode), offset)
    return canvas


def flatten(image: Image.Image, *, background: str | None, alpha: bool) -> Image.Image:
    """Return the picture over ``background``; without alpha channel unless the result can hold ``alpha``.

    None leaves clear what is clear where the result can.
    """
    if image.mode not in ("LA", "RGBA") or (background is None and alpha):
        return image
    colour = ground(background, alpha=alpha)
    if colour[3] < 255:
        canvas = Image.new("RGBA", image.size, colour)
        canvas.alpha_composite(image.convert("RGBA"))
        return canvas
    mode = "L" if image.mode == "LA" and len(set(colour[:3])) == 1 else "RGB"
    canvas = Image.new(mode, image.size, colour[:1] if mode == "L" else colour[:3])
    canvas.paste(image.convert(mode), (0, 0), image.getchannel("A"))
    return canvas


def rounded(image: Image.Image, radius: int | Literal["max"]) -> Image.Image:
    """Return the picture with its corners cut to quarter circles, at most half of the shorter side."""
    half = min(image.size) // 2
    reach = half if radius == "max" else min(radius, half)
    mask = _mask(image.size, reach)
    if image.mode in ("LA", "RGBA"):
        from PIL import ImageChops

        mask = ImageChops.multiply(mask, image.getchannel("A"))
    result = image.convert("LA" if image.mode in ("L", "LA") else "RGBA")
    result.putalpha(mask)
    return result


def _mask(size: tuple[int, int], radius: int) -> Image.Image:
    """Return 255 inside; only the four corners are drawn finely."""
    mask = Image.new("L", size, 255)
    if radius < 1:
        return mask
    corner = _corner(radius)
    mirrored = corner.transpose(Transpose.FLIP_LEFT_RIGHT)
    for image, left in ((corner, 0), (mirrored, size[0] - radius)):
        mask.paste(image, (left, 0))
        mask.paste(image.transpose(Transpose.FLIP_TOP_BOTTOM), (left, size[1] - radius))
    return mask


def _corner(radius: int) -> Image.Image:
    """Return the top left quarter of a circle."""
    from PIL import ImageDraw

    side = radius * max(1, min(_FINE, _LARGE // radius))
    quarter = Image.new("L", (side, side))
    ImageDraw.Draw(quarter).ellipse((0, 0, 2 * side - 1, 2 * side - 1), fill=255)
    return quarter.resize((radius, radius), Resampling.BOX)


def _over_white(colour: css_colors.RGBA) -> css_colors.RGBA:
    red, green, blue = ((part * colour[3] + 255 * (255 - colour[3]) + 127) // 255 for part in colour[:3])
    return red, green, blue, 255
