"""Selects the part of EXIF that a result keeps, and what is told of it; broken EXIF counts as none."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

from PIL import Image

from app.core.errors import UndecodableImage
from app.core.formats import FORMATS
from app.imaging import exif_block
from app.imaging.decode_errors import decoding
from app.imaging.exif_block import ExifBlock, ExifField
from app.imaging.headers import Header, ifd
from app.imaging.headers.ifd import Block

_ORIENTATION, _ARTIST, _COPYRIGHT = 0x0112, 0x013B, 0x8298
# Where and how a TIFF keeps its own pixels, pages and inks, which means nothing in another file; the names of its
# document and its page are kept.
_LAYOUT: Final = (
    *(*range(0x00FE, 0x010D), 0x0111, *range(0x0115, 0x011A), 0x011C, *range(0x011E, 0x0126), 0x0129, 0x012D),
    *(*range(0x013D, 0x014F), 0x0150, *range(0x0152, 0x015C), 0x015F, *range(0x0190, 0x0196), *range(0x01B1, 0x01B4)),
    *(*range(0x0200, 0x0215), 0x022F, 0x02BC, *range(0x80E3, 0x80E7), 0x83BB, 0x8649, 0x8773, 0x935C),
)
# What one segment of a JPEG can hold behind the prefix, which is all that EXIF may take.
_SEGMENT: Final = 65_527
# What artist and copyright may take each, so that both fit beside their directory.
_AUTHOR: Final = _SEGMENT // 2 - 100
# What /info shows of EXIF: its name there, the directory, the tag.
_BASE, _DETAILS, _GPS = 0, 0x8769, 0x8825
_FACTS: Final = (
    ("make", _BASE, 0x010F),
    ("model", _BASE, 0x0110),
    ("software", _BASE, 0x0131),
    ("artist", _BASE, _ARTIST),
    ("copyright", _BASE, _COPYRIGHT),
    ("taken", _DETAILS, 0x9003),
    ("exposure_s", _DETAILS, 0x829A),
    ("f_number", _DETAILS, 0x829D),
    ("iso", _DETAILS, 0x8827),
    ("focal_length_mm", _DETAILS, 0x920A),
    ("lens", _DETAILS, 0xA434),
)
_SHOWN: Final = frozenset((_DETAILS, _GPS, *(tag for _, _, tag in _FACTS)))


def kept(data: bytes, header: Header, selection: str, *, format: str) -> bytes:
    """Return the EXIF block that ``selection`` (none, copyright or all) leaves in a result of ``format``."""
    if selection == "none" or not FORMATS[format].exif:
        return b""
    with suppress(UndecodableImage), decoding(header.format):
        block = exif_block.read(_block(data, header))
        # the result is upright, whatever its source said
        dropped = {_ORIENTATION, *(_LAYOUT if header.format == "tiff" else ())}
        everything = _part(block, lambda field: field.tag not in dropped) if selection == "all" else b""
        # A JPEG holds EXIF in one segment; of what is too long for it, at least the author is kept.
        if everything and (format != "jpeg" or len(everything) <= _SEGMENT):
            return everything
        most = _AUTHOR if format == "jpeg" else len(data)
        return _part(block, lambda field: field.tag in (_ARTIST, _COPYRIGHT) and len(field.value) <= most)
    return b""


def _part(block: ExifBlock, wanted: Callable[[ExifField], bool]) -> bytes:
    return ExifBlock(block.order, [field for field in block.fields if wanted(field)]).written()


def facts(data: bytes, header: Header, *, position: bool) -> dict[str, Any]:
    """Return what EXIF says about the picture; ``position`` adds where it was taken."""
    with suppress(UndecodableImage), decoding(header.format):
        exif = Image.Exif()
        exif.load(_part(exif_block.read(_block(data, header)), lambda field: field.tag in _SHOWN))
        directories: dict[int, Any] = {_BASE: exif, _DETAILS: exif.get_ifd(_DETAILS)}
        values = {name: _plain(directories[directory].get(tag)) for name, directory, tag in _FACTS}
        found: dict[str, Any] = {name: value for name, value in values.items() if value is not None}
        gps = _position(exif.get_ifd(_GPS)) if position else {}
        return {**found, "gps": gps} if gps else found
    return {}


def _block(data: bytes, header: Header) -> Block:
    """Return the EXIF of a file as a TIFF block, empty when it has none; raises whatever broken data leads to."""
    block = data if header.format == "tiff" else b"".join(header.exif).removeprefix(ifd.PREFIX)
    ifd.check(block)
    return block


def _plain(value: Any) -> str | float | None:
    """Return text without trailing zero bytes, or a number that JSON can hold."""
    if isinstance(value, bytes):
        return None
    if isinstance(value, str):
        return _text(value).strip("\0 ")[:200] or None
    if isinstance(value, tuple):
        value = value[0] if value else None
    try:
        number = float(value)
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    return (int(number) if number.is_integer() else round(number, 6)) if math.isfinite(number) else None


def _text(value: str) -> str:
    """Return text in UTF-8, as most programs write it, or in Latin-1, for which Pillow takes all of it."""
    with suppress(UnicodeError):
        return value.encode("latin-1").decode()
    return value.encode(errors="replace").decode()


def _position(gps: dict[int, Any]) -> dict[str, float]:
    """Return latitude, longitude and altitude in degrees and meters (CIPA DC-008, 4.6.6)."""
    found = {"latitude": _degrees(gps.get(2), gps.get(1), "S"), "longitude": _degrees(gps.get(4), gps.get(3), "W")}
    height = _plain(gps.get(6))
    if isinstance(height, int | float):
        found["altitude_m"] = -height if gps.get(5) in (1, b"\x01") else height
    return {name: value for name, value in found.items() if value is not None}


def _degrees(parts: Any, side: Any, negative: str) -> float | None:
    if not isinstance(parts, tuple) or len(parts) != 3:
        return None
    numbers = [_plain(part) for part in parts]
    if not all(isinstance(number, int | float) for number in numbers):
        return None
    value = sum(float(number or 0) / (1, 60, 3600)[place] for place, number in enumerate(numbers))
    return round(-value if side == negative else value, 6)
