"""Images drawn for each run: PNGs of one color each, easy to tell apart, and JPEGs like a camera's."""

from __future__ import annotations

import os
from io import BytesIO

from PIL import Image, ImageFilter

from measurement.png import Color, color_of


def solid_png(size: tuple[int, int], number: int) -> bytes:
    """Return a PNG of the color of ``number``."""
    out = BytesIO()
    Image.new("RGB", size, color_of(number)).save(out, "PNG")
    return out.getvalue()


def center_color(data: bytes) -> Color:
    """Return the color in the middle of an encoded image."""
    with Image.open(BytesIO(data)) as image:
        red, green, blue = image.convert("RGB").getpixel((image.width // 2, image.height // 2))  # type: ignore[misc]
    return int(red), int(green), int(blue)


def photo(width: int, height: int) -> bytes:
    """Return a JPEG with smooth areas and grain, as cameras make them."""
    rough = Image.frombytes("RGB", (24, 18), os.urandom(24 * 18 * 3)).resize((width, height), Image.Resampling.BICUBIC)
    grain = Image.effect_noise((width, height), 24).filter(ImageFilter.BoxBlur(1)).convert("RGB")
    return _jpeg(Image.blend(rough, grain, 0.3), quality=88)


def noise(width: int, height: int) -> bytes:
    """Return a JPEG of noise, which does not compress well."""
    return _jpeg(Image.frombytes("RGB", (width, height), os.urandom(width * height * 3)), quality=93)


def _jpeg(image: Image.Image, *, quality: int) -> bytes:
    out = BytesIO()
    image.save(out, "JPEG", quality=quality)
    return out.getvalue()
