"""Bytes to frames: decodes no more than the result needs, and refuses files whose pixels are missing."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Final

from PIL import Image, ImageFile

from app.imaging import plugins
from app.imaging.codecs.frames import Frame
from app.imaging.decode_errors import decoding
from app.imaging.headers import Header

# Formats of which Pillow gets only what makes pixels.
_OWN_DECODERS: Final = frozenset(("jpeg", "png"))


def still(data: bytes, header: Header, *, shrink: int = 1) -> Frame:
    """Return the frame of a still image; raises UndecodableImage, TooCostly.

    ``shrink`` (1, 2, 4, 8) lets the JPEG decoder work at a fraction of the size.
    """
    with decoding(header.format):
        if header.format == "heic":
            from app.imaging.codecs import heic

            return heic.decode(data)
        if header.format in _OWN_DECODERS or header.masks:
            decoder = import_module(f"app.imaging.codecs.{header.format}")
            return Frame(decoder.decode(data, header, shrink), 0.0, None)
        image = _opened(data, header)
        # the file is in memory already, so nothing is gained by reading it in small pieces
        image.decodermaxblock = max(image.decodermaxblock, len(data))
        image.load()
        return Frame(plugins.detached(image), 0.0, None)


def animation(data: bytes, header: Header, *, count: int, first: int = 0) -> Iterator[Frame]:
    """Yield ``count`` composed frames from ``first`` on, each decoded on demand; raises what ``still`` raises."""
    from app.imaging.codecs import apng

    frames = apng.compose(data, header) if header.format == "png" else _seek(data, header, first + count)
    for index in range(first + count):
        with decoding(header.format):
            frame = next(frames, None)
            if frame is None:
                raise EOFError
        if index >= first:
            yield frame
        del frame  # here and in every loop over frames: while the next one is decoded, its memory is needed


def _seek(data: bytes, header: Header, count: int) -> Iterator[Frame]:
    image = _opened(data, header)
    for index in range(count):
        image.seek(index)
        image.load()
        yield Frame(_taken(image, header), float(image.info.get("duration") or 0), image.info.get("icc_profile"))


def _taken(image: ImageFile.ImageFile, header: Header) -> Image.Image:
    """Return the frame that was loaded, in memory that the next one does not paint over."""
    if header.format == "gif":
        return image.crop((0, 0, header.stored_width, header.stored_height))  # which may extend it, too
    taken, image._im = plugins.detached(image), None
    return taken


def _opened(data: bytes, header: Header) -> ImageFile.ImageFile:
    # The canvas of an animated GIF may grow with later frames; any other file that changes its size is malformed.
    grows = header.animated and header.format == "gif"
    return plugins.open_image(data, header.format, size=None if grows else header.stored_size)
