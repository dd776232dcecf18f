"""Decodes AVIF: what its clean aperture shows, and each frame for as long as its track says."""

from __future__ import annotations

from collections.abc import Iterator

from PIL import Image, ImageFile

from app.imaging import plugins
from app.imaging.codecs.frames import Frame
from app.imaging.headers import Header, avif_pictures
from app.imaging.headers.avif_pictures import AvifPicture


def decode(data: bytes, *_: object) -> Image.Image:
    """Return the picture as it is stored, not yet turned; raises whatever broken data leads to."""
    picture = avif_pictures.read(data)
    return _shown(plugins.loaded(_opened(data, picture)), picture)


def frames(data: bytes, header: Header, count: int) -> Iterator[Frame]:
    """Yield the first ``count`` frames of a sequence."""
    picture = avif_pictures.read(data)
    opened = _opened(data, picture)
    for index in range(count):
        image = _shown(plugins.next_frame(opened, index), picture)
        yield Frame(image, picture.track.shown(index) if picture.track else 0.0)


def _opened(data: bytes, picture: AvifPicture) -> ImageFile.ImageFile:
    return plugins.open_image(avif_pictures.without_exif(data), "avif", size=picture.size)


def _shown(image: Image.Image, picture: AvifPicture) -> Image.Image:
    return image if picture.box == (0, 0, *image.size) else image.crop(picture.box)
