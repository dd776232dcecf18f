"""Reads what an AVIF says of its colors and its duration; its decoder tells the rest.

AVIF: https://aomediacodec.github.io/av1-avif/
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress

import msgspec

from app.imaging.headers import Header, color_space, ifd, items, other
from app.imaging.headers.boxes import Fields, boxes, inside
from app.imaging.headers.items import Items

# A sequence has one track of color and one of alpha, and may have one of sound.
_MOST_TRACKS = 8
# What precedes the boxes inside of a sample description, and of a sample entry: ISO/IEC 14496-12, 8.5.2 and 12.1.3.
_DESCRIPTION, _ENTRY = 8, 78
_SEQUENCE = b"avis"
# Bits of an AV1 configuration, and the samples of color per pixel by which sides of their planes are halved.
_DEEP, _TWELVE, _GRAY, _HALVED = 0x40, 0x20, 0x10, 0x0C
_PER_PIXEL = {0x0C: 1.5, 0x08: 2.0, 0x04: 2.0, 0: 3.0}


def scan(data: bytes) -> Header:
    """Return the header; raises whatever broken data leads to."""
    file = memoryview(data)
    top = list(boxes(file))
    own = [items.read(file, meta) for meta in _named(b"meta", top)]
    exif = list(_exif((*own, *(items.read(file, meta) for meta in _metas_of_tracks(top)))))
    header = other.scan(data)
    properties = _still(own[0]) if own and not header.animated else _track(file)
    nclx = items.color((payload for name, payload in properties if name == b"colr"), b"nclx")
    depth, per_pixel = samples(next((bytes(payload[:4]) for name, payload in properties if name == b"av1C"), b""))
    return msgspec.structs.replace(
        header,
        duration=_duration(file) if header.animated else 0.0,
        profile=header.profile or color_space.from_nclx(nclx),
        depth=depth,
        samples_per_pixel=per_pixel + header.alpha,
        exif=tuple(map(items.exif, exif[:1])),
    )


def stated_size(head: bytes) -> tuple[int, int]:
    """Return width and height, read from the beginning of a file; fails where it does not say yet.

    A sequence has a size of its own beside that of its still picture, so it says nothing here.
    """
    if head[8:12] == _SEQUENCE:
        raise EOFError
    found = items.read_front(memoryview(head))
    return found.size(found.primary)


def _metas_of_tracks(top: Iterable[tuple[bytes, memoryview]]) -> Iterator[memoryview]:
    """Yield the boxes of metadata of a sequence, which are in its tracks; ``top`` are the boxes of the file."""
    tracks = [track for movie in _named(b"moov", top) for track in _named(b"trak", boxes(movie))]
    if len(tracks) > _MOST_TRACKS:
        raise ValueError("too many tracks")
    for track in tracks:
        yield from _named(b"meta", boxes(track))


def _named(name: bytes, found: Iterable[tuple[bytes, memoryview]]) -> Iterator[memoryview]:
    return (payload for kind, payload in found if kind == name)


def _exif(pictures: Iterable[Items]) -> Iterator[memoryview]:
    """Yield the data of each item of EXIF; raise ValueError for what the decoder, which reads all, should not get."""
    for found in pictures:
        for item in (item for item, kind in found.kinds.items() if kind == b"Exif"):
            block = found.data(item)
            for begin in (4, 4 + int.from_bytes(block[:4], "big")):
                ifd.check(block[begin:])
            yield block


def _still(found: Items) -> list[tuple[bytes, memoryview]]:
    """Return the properties of the picture, and of the first of the tiles that it is made of."""
    tiles = found.referred(b"dimg", found.primary)[:1]
    return [part for item in (found.primary, *tiles) for part in found.properties.get(item, ())]


def _track(file: memoryview) -> list[tuple[bytes, memoryview]]:
    """Return the boxes that describe the samples of the first track; empty for none."""
    with suppress(EOFError):
        table = inside(file, b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd")
        return list(boxes(inside(table[_DESCRIPTION:], b"av01")[_ENTRY:]))
    return []


def samples(av1c: bytes) -> tuple[int, float]:
    """Return the bits of a sample, and the samples of color per pixel: AV1-ISOBMFF, section 2.3.3."""
    flags = av1c[2] if len(av1c) == 4 else _DEEP | _TWELVE
    depth = (12 if flags & _TWELVE else 10) if flags & _DEEP else 8
    return depth, 1.0 if flags & _GRAY else _PER_PIXEL[flags & _HALVED]


def _duration(file: memoryview) -> float:
    """Return how long a sequence runs once, in milliseconds (ISO/IEC 14496-12, section 8.4.2)."""
    fields = Fields(inside(file, b"moov", b"trak", b"mdia", b"mdhd"))
    wide = 8 if fields.number(4) >> 24 == 1 else 4
    fields.take(2 * wide)
    unit, length = fields.number(4), fields.number(wide)
    # all ones where it is not known
    return 1000 * length / unit if length + 1 < 1 << 8 * wide else 0.0
