"""Brightness, contrast, saturation, grayscale and tint, all as one table from colors to colors.

The table has a value for each corner of a grid over the RGB cube, and pixels are interpolated in it: one pass over the
image however many of these are asked for. They work in CIELAB, as in sharp.
"""

from __future__ import annotations

from typing import Final

from PIL import Image
from PIL.ImageFilter import Color3DLUT

from app.imaging.cielab import Triple, clipped, linear, to_lab, to_srgb
from app.imaging.color_mode import becomes_gray
from app.imaging.steps.step import FramePlan
from app.options import ResizeOptions, css_colors

# Measured against exact arithmetic: at 17 the mean error is below half a step of 255.
GRID: Final = 17


def prepare(plan: FramePlan) -> Color3DLUT:
    """Return the table for the options."""
    options = plan.options
    axis = [linear(step / (GRID - 1)) for step in range(GRID)]
    hue = to_lab(*(linear(part / 255) for part in css_colors.rgba(options.tint)[:3])) if options.tint else None
    nodes = [part for b in axis for g in axis for r in axis for part in _node(to_lab(r, g, b), options, hue)]
    return Color3DLUT(GRID, nodes)


def draw(image: Image.Image, plan: FramePlan) -> Image.Image:
    """Return the image in its new colors; gray in one channel where no color can be left."""
    alpha = image.mode in ("LA", "RGBA")
    image = image.convert("RGBA" if alpha else "RGB").filter(plan.prepared["color_adjust"])
    if not becomes_gray(plan.options):
        return image
    gray = image.getchannel(0)
    return Image.merge("LA", (gray, image.getchannel("A"))) if alpha else gray


def _node(lab: Triple, options: ResizeOptions, hue: Triple | None) -> Triple:
    light, a, b = lab[0] * options.brightness, lab[1], lab[2]
    if options.contrast != 1.0:
        light, a, b = _contrasted((light, a, b), options.contrast)
    a, b = a * options.saturation, b * options.saturation
    if options.grayscale or hue:
        a = b = 0.0
    if hue:
        # Black and white stay what they are, the middle gets the whole hue.
        share = 1 - 4 * (min(light, 100) / 100 - 0.5) ** 2
        a, b = share * hue[1], share * hue[2]
    return to_srgb(light, a, b)


def _contrasted(lab: Triple, contrast: float) -> Triple:
    red, green, blue = ((part - 0.5) * contrast + 0.5 for part in to_srgb(*lab))
    return to_lab(*(linear(clipped(part)) for part in (red, green, blue)))
