"""Cuts away the border: everything around the picture that is like the top left pixel."""

from __future__ import annotations

from PIL import Image, ImageChops
from PIL.ImageFilter import BoxBlur

from app.imaging.orientation import from_exif
from app.imaging.steps.resize import oriented
from app.imaging.steps.step import Box, FramePlan


def draw(image: Image.Image, plan: FramePlan) -> Image.Image:
    """Return the part that trim leaves, upright."""
    image = upright(image, plan)
    return image.crop(plan.trimmed) if plan.trimmed else image


def upright(image: Image.Image, plan: FramePlan) -> Image.Image:
    """Return the part of a stored frame that crop keeps, upright."""
    image = oriented(image, from_exif(plan.header.orientation))
    if plan.options.crop is None:
        return image
    x, y, width, height = plan.options.crop
    return image.crop((x, y, x + width, y + height))


def find(image: Image.Image, tolerance: float) -> Box:
    """Return the box that holds everything unlike the top left pixel; the whole image when everything is like it.

    A channel may differ by ``tolerance`` steps of 255. As in sharp, what is one pixel thin counts as dirt on the
    border: each pixel goes by the majority of the nine around it.
    """
    if image.mode in ("LA", "RGBA"):
        # What cannot be seen has no color: RGBa is black where it is transparent.
        image = image.convert("RGBA").convert("RGBa")
    unlike = _unlike(image, tolerance)
    box = unlike.filter(BoxBlur(1)).point([255 * (value > 127) for value in range(256)]).getbbox()
    return box or (0, 0, *image.size)


def _unlike(image: Image.Image, tolerance: float) -> Image.Image:
    """Return 255 where any channel differs."""
    limits = [255 * (value > tolerance) for value in range(256)]
    unlike = Image.new("L", image.size)
    for band in image.split():
        corner = band.getpixel((0, 0))
        far = band.point([limits[abs(value - int(corner))] for value in range(256)])  # type: ignore[arg-type]
        unlike = ImageChops.lighter(unlike, far)
    return unlike
