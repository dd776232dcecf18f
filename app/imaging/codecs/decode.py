"""Bytes to frames: decodes no more than the result needs, and refuses files whose pixels are missing.

What a decoder fills in without a word passes: the end of a progressive JPEG's last scan, which only refines.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any, Final

from app.imaging import plugins
from app.imaging.codecs.frames import Frame
from app.imaging.decode_errors import decoding
from app.imaging.headers import Header

# Formats that are decoded by more than opening and loading them.
_OWN_DECODERS: Final = frozenset(("jpeg", "png", "webp", "heic", "avif", "tiff"))


def frames(data: bytes, header: Header, *, count: int = 1, first: int = 0, shrink: int = 1) -> Iterator[Frame]:
    """Yield ``count`` composed frames from ``first`` on, each decoded on demand; raises UndecodableImage, TooCostly.

    ``shrink`` (1, 2, 4, 8) lets the JPEG decoder work at a fraction of the size.
    """
    if not header.animated:
        yield _still(data, header, shrink)
        return
    composed = header.format in ("gif", "png")
    found = _composed(data, header) if composed else _decoder(header).frames(data, header, first + count)
    for index in range(first + count):
        with decoding(header.format):
            frame = next(found, None)
            if frame is None:
                raise EOFError
        if index >= first:
            yield frame
        del frame  # here and in every loop over frames: while the next one is decoded, its memory is needed


def _still(data: bytes, header: Header, shrink: int) -> Frame:
    with decoding(header.format):
        if header.format == "gif" or header.hidden:
            return next(_composed(data, header))
        if header.format in _OWN_DECODERS or header.masks:
            return Frame(_decoder(header).decode(data, header, shrink), 0.0)
        return Frame(plugins.loaded(plugins.open_image(data, header.format, size=header.stored_size)), 0.0)


def _decoder(header: Header) -> Any:
    """Return the module that decodes the format of a file; imported when a file asks for it."""
    return import_module(f"app.imaging.codecs.{header.format}")


def _composed(data: bytes, header: Header) -> Iterator[Frame]:
    """Yield the frames of a GIF or an APNG."""
    from app.imaging.codecs import apng, canvas, gif

    layers = apng.layers if header.format == "png" else gif.layers
    return canvas.composed(layers(data, header), header)
