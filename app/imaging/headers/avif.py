"""Reads what an AVIF says of its colors and its duration; its decoder tells the rest.

AVIF: https://aomediacodec.github.io/av1-avif/
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress

import msgspec

from app.imaging.decode_errors import decoding
from app.imaging.headers import Header, color_space, ifd, items, other
from app.imaging.headers.boxes import Fields, boxes, inside
from app.imaging.headers.items import Items

# A sequence has one track of color and one of alpha, and may have one of sound.
_MOST_TRACKS = 8
# What precedes the boxes inside of a sample description, and of a sample entry: ISO/IEC 14496-12, 8.5.2 and 12.1.3.
_DESCRIPTION, _ENTRY = 8, 78
_SEQUENCE = b"avis"


@decoding("avif")
def scan(data: bytes) -> Header:
    """Return the header; raises UndecodableImage."""
    file = memoryview(data)
    pictures = [items.read_meta(file, meta) for meta in _metas(file)]
    for _, found in pictures:
        _check_exif(found)
    header = other.scan(data)
    return msgspec.structs.replace(
        header,
        duration=_duration(file) if header.animated else 0.0,
        profile=header.profile or color_space.from_nclx(_track(file) if header.animated else _still(*pictures[0])),
    )


@decoding("avif")
def stated_size(head: bytes) -> tuple[int, int]:
    """Return width and height, read from the beginning of a file; raises UndecodableImage where it does not say yet.

    A sequence has a size of its own beside that of its still picture, so it says nothing here.
    """
    if head[8:12] == _SEQUENCE:
        raise EOFError
    primary, found = items.read_front(memoryview(head))
    return found.size(primary)


def _metas(file: memoryview) -> Iterator[memoryview]:
    """Yield each box of metadata: that of the file, which the still picture has, and those of tracks."""
    top = list(boxes(file))
    tracks = [track for movie in _named(b"moov", top) for track in _named(b"trak", boxes(movie))]
    if len(tracks) > _MOST_TRACKS:
        raise ValueError("too many tracks")
    yield from _named(b"meta", top)
    for track in tracks:
        yield from _named(b"meta", boxes(track))


def _named(name: bytes, found: Iterable[tuple[bytes, memoryview]]) -> Iterator[memoryview]:
    return (payload for kind, payload in found if kind == name)


def _check_exif(found: Items) -> None:
    """Raise ValueError for EXIF that the decoder, which reads all of it, should not get."""
    for item, kind in found.kinds.items():
        if kind == b"Exif":
            block = bytes(found.data(item))
            for begin in (4, 4 + int.from_bytes(block[:4], "big")):
                ifd.check(block[begin:].removeprefix(b"Exif\0\0"))


def _still(primary: int, found: Items) -> bytes:
    """Return the code points of the picture, or of the tiles that it is made of; empty for none."""
    tiles = found.referred(b"dimg", primary)[:1]
    return items.color((color for item in (primary, *tiles) for color in found.all(item, b"colr")), b"nclx")


def _track(file: memoryview) -> bytes:
    """Return the code points of the first track; empty for none."""
    with suppress(EOFError):
        table = inside(file, b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd")
        entry = inside(table[_DESCRIPTION:], b"av01")[_ENTRY:]
        return items.color(_named(b"colr", boxes(entry)), b"nclx")
    return b""


def _duration(file: memoryview) -> float:
    """Return how long a sequence runs once, in milliseconds (ISO/IEC 14496-12, section 8.4.2)."""
    fields = Fields(inside(file, b"moov", b"trak", b"mdia", b"mdhd"))
    wide = 8 if fields.number(4) >> 24 == 1 else 4
    fields.take(2 * wide)
    unit = fields.number(4)
    return 1000 * fields.number(wide) / unit
