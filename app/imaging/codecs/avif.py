"""Decodes AVIF: what its clean aperture shows, and each frame for as long as its track says."""

from __future__ import annotations

from collections.abc import Iterator

from PIL import Image

from app.imaging import plugins
from app.imaging.codecs.frames import Frame
from app.imaging.headers import Header, avif_pictures


def decode(data: bytes, *_: object) -> Image.Image:
    """Return the picture as it is stored, not yet turned; raises whatever broken data leads to."""
    picture = avif_pictures.read(data)
    image = plugins.loaded(plugins.open_image(avif_pictures.without_exif(data), "avif", size=picture.size))
    return image if picture.box == (0, 0, *image.size) else image.crop(picture.box)


def frames(data: bytes, header: Header, count: int) -> Iterator[Frame]:
    """Yield the first ``count`` frames of a sequence."""
    picture = avif_pictures.read(data)
    opened = plugins.open_image(avif_pictures.without_exif(data), "avif", size=picture.size)
    for index in range(count):
        image = plugins.next_frame(opened, index)
        shown = image if header.stored_size == image.size else image.crop(picture.box)
        yield Frame(shown, picture.track.shown(index) if picture.track else 0.0)
