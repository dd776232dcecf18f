"""Decodes a TIFF, and brings a color map of eight bits to what the specification wants."""

from __future__ import annotations

from typing import Any, Final

from PIL import Image

from app.imaging import plugins
from app.imaging.headers import Header

_COLOR_MAP: Final = 320


def decode(data: bytes, header: Header, *_: object) -> Image.Image:
    """Return the picture; raises whatever the decoder raises."""
    image: Any = plugins.open_image(data, "tiff", size=header.stored_size)
    color_map = image.tag_v2.get(_COLOR_MAP, ()) if image.mode == "P" else ()
    loaded = plugins.loaded(image)
    # Some programs wrote values of 8 bits in place of 16; every reader made with libtiff takes them for what they are.
    if color_map and max(color_map) < 256:
        loaded.putpalette(bytes(color_map), "RGB;L")
    return loaded
