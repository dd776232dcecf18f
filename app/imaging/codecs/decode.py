"""Bytes to frames: decodes no more than the result needs, and refuses files that are cut short."""

from __future__ import annotations

from collections.abc import Iterator

from PIL import ImageFile

from app.errors import UndecodableImage
from app.imaging import plugins
from app.imaging.codecs.frames import Frame
from app.imaging.decode_errors import decoding
from app.imaging.headers import Header


def still(data: bytes, header: Header, *, shrink: int = 1, ycbcr: bool = False) -> Frame:
    """Return the frame of a still image; raises UndecodableImage, TooCostly.

    ``shrink`` (1, 2, 4, 8) lets the JPEG decoder work at a fraction of the size, ``ycbcr`` has it leave luma and
    chroma unconverted.
    """
    with decoding(header.format):
        image = _opened(data, header)
        if shrink > 1 or ycbcr:
            size = max(1, image.width // shrink), max(1, image.height // shrink)
            image.draft("YCbCr" if ycbcr else None, size)
        # the file is in memory already, so nothing is gained by reading it in small pieces
        image.decodermaxblock = max(image.decodermaxblock, len(data))
        image.load()
        return Frame(plugins.detached(image), 0.0, image.info.get("icc_profile"))


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


def _seek(data: bytes, header: Header, count: int) -> Iterator[Frame]:
    image = _opened(data, header)
    size = header.stored_width, header.stored_height
    for index in range(count):
        image.seek(index)
        image.load()
        # Later frames are painted over this one, so it is copied; crop also extends it to the full canvas.
        copy = image.copy() if image.size == size else image.crop((0, 0, *size))
        yield Frame(copy, float(image.info.get("duration") or 0), image.info.get("icc_profile"))


def _opened(data: bytes, header: Header) -> ImageFile.ImageFile:
    if header.stripped:
        from app.imaging.headers import png

        data = png.strip(data)
    image = plugins.open_image(data, header.format)
    # The canvas of an animated GIF may grow with later frames; any other file that changes its size is malformed.
    grows = header.animated and header.format == "gif"
    if not grows and image.size != (header.stored_width, header.stored_height):
        raise UndecodableImage("the file contradicts itself about the size of the image")
    return image
