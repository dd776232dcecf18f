"""Decodes a JPEG at a fraction of its size, and finds out whether one without an end has all its pixels."""

from __future__ import annotations

from PIL import Image

from app.imaging import plugins
from app.imaging.headers import Header, jpeg


def decode(data: bytes, header: Header, shrink: int) -> Image.Image:
    """Return the picture at 1/``shrink`` (1, 2, 4, 8) of its size; raises whatever the decoder raises."""
    if header.open_ended:
        _check_pixels(data)
    pieces = jpeg.strip(data, unseen=header.unseen.get(shrink, ()))
    image = plugins.open_image(pieces, "jpeg", size=header.stored_size)
    if shrink > 1:
        image.draft(None, (max(1, image.width // shrink), max(1, image.height // shrink)))
    return plugins.loaded(image)


def _check_pixels(data: bytes) -> None:
    """Raise EOFError when pixels depend on what comes behind the data, which then is cut."""
    seen = []
    for filling in jpeg.FILLINGS:
        seen.append(plugins.loaded(plugins.open_image(jpeg.strip(data, filling=filling), "jpeg")).histogram())
    if seen[0] != seen[1]:
        raise EOFError
