"""Bytes to frames: decodes no more than the result needs, and never accepts a part of a picture for the whole."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from PIL import Image, ImageFile

from app.errors import UndecodableImage
from app.imaging.codecs import plugins
from app.imaging.codecs.decode_errors import decoding
from app.imaging.headers import png
from app.imaging.headers.probe import Header


class Frame(msgspec.Struct, frozen=True):
    """One composed picture of the file, how long it shows in milliseconds, and the file's colour profile."""

    image: Image.Image
    duration: float
    profile: bytes | None


def still(data: bytes, header: Header, *, shrink: int = 1, ycc: bool = False) -> Frame:
    """Return the one frame of a still; raises UndecodableImage, TooCostly.

    ``shrink`` (1, 2, 4, 8) lets the JPEG decoder work at a fraction of the size, ``ycc`` leave luma and chroma as
    they are.
    """
    with decoding(header.format):
        image = _opened(data, header)
        if shrink > 1 or ycc:
            size = max(1, image.width // shrink), max(1, image.height // shrink)
            image.draft("YCbCr" if ycc else None, size)
        # all of it is in memory, so nothing is gained by handing it over in small pieces
        image.decodermaxblock = max(image.decodermaxblock, len(data))
        image.load()
        return Frame(plugins.detached(image), 0.0, image.info.get("icc_profile"))


def animation(data: bytes, header: Header, *, count: int, first: int = 0) -> Iterator[Frame]:
    """Yield ``count`` frames from ``first`` on, composed, each decoded when asked for; raises as ``still`` does."""
    from app.imaging.codecs import apng

    frames = apng.compose(data, header) if header.format == "png" else _seeking(data, header, first + count)
    for index in range(first + count):
        with decoding(header.format):
            frame = next(frames, None)
            if frame is None:
                raise EOFError
        if index >= first:
            yield frame


def _seeking(data: bytes, header: Header, count: int) -> Iterator[Frame]:
    image = _opened(data, header)
    size = header.stored_width, header.stored_height
    for index in range(count):
        image.seek(index)
        image.load()
        # Later frames are painted over this one, so it is copied; crop also grows it to the full canvas.
        copy = image.copy() if image.size == size else image.crop((0, 0, *size))
        yield Frame(copy, float(image.info.get("duration") or 0), image.info.get("icc_profile"))


def _opened(data: bytes, header: Header) -> ImageFile.ImageFile:
    image = plugins.open_image(png.trim(data) if header.trimmed else data, header.format)
    # The canvas of an animated GIF may grow with later frames; every other file that changes its size is lying.
    grows = header.animated and header.format == "gif"
    if not grows and image.size != (header.stored_width, header.stored_height):
        raise UndecodableImage("the file contradicts itself about the size of the image")
    return image
