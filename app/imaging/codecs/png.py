"""Decodes a still PNG, whose transparent color is compared in all the bits that the file has."""

from __future__ import annotations

from PIL import Image, ImageChops

from app.imaging import plugins
from app.imaging.headers import Header, png
from app.imaging.joined_file import Content


def decode(data: bytes, header: Header, shrink: int = 1) -> Image.Image:
    """Return the picture, which no decoder of PNG shrinks; raises whatever the decoder raises."""
    pixels = png.strip(data)
    return keyed(plugins.loaded(plugins.open_image(pixels, "png", size=header.stored_size)), pixels, header)


def keyed(image: Image.Image, pixels: Content, header: Header) -> Image.Image:
    """Return the decoded ``pixels`` as RGBA if they are RGB of 16 bits with a transparent color, else as they are."""
    key = image.info.get("transparency")
    if key is None or image.mode != "RGB" or header.depth != 16:
        return image
    image.putalpha(_alpha(image, _low_bytes(pixels), key))
    del image.info["transparency"]
    return image


def _low_bytes(pixels: Content) -> Image.Image:
    """Return the lower byte of each sample of 16 bits: the upper one, if their order were the other."""
    image = plugins.open_image(pixels, "png")
    image.tile = [image.tile[0]._replace(args="RGB;16L")]
    return plugins.loaded(image)


def _alpha(high: Image.Image, low: Image.Image, key: tuple[int, ...]) -> Image.Image:
    """Return alpha that is 0 where every sample is that of the key."""
    equal = (_where(high, [value >> 8 for value in key]), _where(low, [value & 255 for value in key]))
    red, green, blue = ImageChops.darker(*equal).split()
    return ImageChops.invert(ImageChops.darker(ImageChops.darker(red, green), blue))


def _where(image: Image.Image, values: list[int]) -> Image.Image:
    """Return 255 where a sample has the value of its channel, else 0."""
    return image.point([255 * (sample == value) for value in values for sample in range(256)])
