"""Carries EXIF from a source to its result, as much of it as is asked for; broken EXIF is no EXIF."""

from __future__ import annotations

import struct
from typing import Final

import msgspec
from PIL import Image

from app.formats import FORMATS
from app.imaging.codecs import plugins
from app.imaging.codecs.decode_errors import decoding
from app.imaging.headers import png
from app.imaging.headers.probe import Header

_ORIENTATION, _ARTIST, _COPYRIGHT = 0x0112, 0x013B, 0x8298
# How a TIFF says where its own pixels are, which is no fact of any other file.
_LAYOUT: Final = (*range(0x00FE, 0x010D), 0x0111, *range(0x0115, 0x011A), 0x011C, *range(0x013D, 0x0146))
_LAYOUT_TOO: Final = (0x0152, 0x0153, 0x015B, 0x0211, 0x0212, 0x0213, 0x02BC, 0x83BB, 0x8649, 0x8773)
_MARKER: Final = 65_533
BROKEN: Final = (OSError, SyntaxError, ValueError, TypeError, KeyError, IndexError, AttributeError, struct.error)


class Attached(msgspec.Struct, frozen=True):
    """What goes into a file beside its pixels: an EXIF block and a colour profile, each empty for none."""

    exif: bytes = b""
    icc: bytes = b""


def block(data: bytes, header: Header) -> bytes:
    """Return the EXIF of a file as a TIFF block, empty when it has none; raises UndecodableImage."""
    with decoding(header.format):
        if header.format == "png":
            chunks = (part.payload(data) for part in png.chunks(data) if part.name == b"eXIf")
            return next(chunks, b"")
        image = plugins.open_image(data, header.format)
        if header.format == "tiff":
            return _without(image.getexif(), (*_LAYOUT, *_LAYOUT_TOO))
        found: bytes = image.info.get("exif") or b""
        return found.removeprefix(b"Exif\x00\x00")


def kept(data: bytes, header: Header, wanted: str, *, format: str) -> bytes:
    """Return the EXIF block that ``wanted`` (none, copyright or all) leaves in a result of ``format``."""
    found = block(data, header) if wanted != "none" and FORMATS[format].exif else b""
    if not found:
        return b""
    try:
        exif = Image.Exif()
        exif.load(found)
        everything = _without(exif, (_ORIENTATION,)) if wanted == "all" else b""
        # A JPEG holds EXIF in one segment; what is too long for it keeps at least its author.
        return everything if 0 < len(everything) <= _MARKER or (everything and format != "jpeg") else _author(exif)
    except BROKEN:
        return b""


def _author(exif: Image.Exif) -> bytes:
    mine = Image.Exif()
    for tag in (_ARTIST, _COPYRIGHT):
        if tag in exif:
            mine[tag] = exif[tag]
    return mine.tobytes() if len(mine) else b""


def _without(exif: Image.Exif, tags: tuple[int, ...]) -> bytes:
    """Return the block without ``tags``: a result lies upright, whatever its source said."""
    for tag in tags:
        exif.pop(tag, None)
    return exif.tobytes() if len(exif) else b""
