"""Draws small pictures of one colour, another one for each caller, so that nobody's can be taken for another's."""

from __future__ import annotations

from io import BytesIO

from PIL import Image

Colour = tuple[int, int, int]


def png(size: tuple[int, int], number: int) -> bytes:
    """Return a PNG of the colour of ``number``."""
    out = BytesIO()
    Image.new("RGB", size, colour(number)).save(out, "PNG")
    return out.getvalue()


def colour(number: int) -> Colour:
    """Return the colour of a number below 16 million; neighbours differ a lot."""
    mixed = (number + 1) * 0x9E3779 % 0x1000000
    return mixed >> 16, mixed >> 8 & 0xFF, mixed & 0xFF


def shown(data: bytes) -> Colour:
    """Return the colour in the middle of a picture."""
    with Image.open(BytesIO(data)) as image:
        red, green, blue = image.convert("RGB").getpixel((image.width // 2, image.height // 2))  # type: ignore[misc]
    return int(red), int(green), int(blue)
