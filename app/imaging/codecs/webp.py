"""Decodes WebP, told that there is alpha where its header does not say so."""

from __future__ import annotations

from collections.abc import Iterator

from PIL import Image, ImageFile

from app.imaging import plugins
from app.imaging.codecs.frames import Frame
from app.imaging.headers import Header, webp


def decode(data: bytes, header: Header, *_: object) -> Image.Image:
    """Return the picture; raises whatever broken data leads to."""
    return plugins.loaded(_opened(data, header))


def frames(data: bytes, header: Header, count: int) -> Iterator[Frame]:
    """Yield the first ``count`` frames of an animation."""
    opened = _opened(data, header)
    for index in range(count):
        image = plugins.next_frame(opened, index)
        yield Frame(image, float(image.info.get("duration") or 0))


def _opened(data: bytes, header: Header) -> ImageFile.ImageFile:
    pieces = webp.with_alpha_flag(data) if header.alpha else data
    return plugins.open_image(pieces, "webp", size=header.stored_size)
