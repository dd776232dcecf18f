"""Reads the chunks of a PNG or APNG, and strips a PNG down to the chunks that make pixels.

W3C Portable Network Graphics (Third Edition): https://www.w3.org/TR/png-3/#5DataRep
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from typing import Final

from app.core.errors import UndecodableImage
from app.imaging.headers import Header, apng, deflate_bound, ifd, png_color
from app.imaging.headers.png_chunks import Chunk, chunks

# By color type; each letter stands for a sample.
_MODES: Final = {0: "L", 2: "RGB", 3: "P", 4: "LA", 6: "RGBA"}
_PALETTE: Final = 3
# The shortest tRNS by color type; the other types have alpha of their own.
_SHORTEST_KEY: Final = {0: 2, 2: 6, 3: 1}
# Chunks that decide nothing but pixels. No decoder may ignore others whose first letter is a capital.
_CRITICAL: Final = frozenset((b"IHDR", b"PLTE", b"IDAT", b"IEND"))
# Chunks of metadata that are read.
_COPIED: Final = frozenset((b"eXIf", b"iCCP"))
_END: Final = b"\0\0\0\0IEND\xaeB`\x82"


def scan(data: bytes) -> Header:
    """Return the header; raises whatever broken data leads to."""
    parts = list(chunks(data))
    first = _first(parts)
    ihdr = first[b"IHDR"].payload(data)
    depth, color = ihdr[8], ihdr[9]
    _check(parts, first, color)
    _check_end(parts, data)
    heads = [(part.name, data[part.begin + 8 : min(part.end - 4, part.begin + 9 + apng.CONTROL)]) for part in parts]
    moving = apng.read(heads, ihdr[:8])
    width, height = _size(ihdr)
    coded, enough = _coded(parts), _enough((width, height), len(_MODES[color]) * depth)
    mode, profile = _MODES[color], png_color.profile(_told(data, first))
    blocks = (part.payload(data) for part in parts if part.name == b"eXIf" and part.whole(data))
    exif = next(blocks, memoryview(b""))
    return Header(
        format="png",
        stored_width=width,
        stored_height=height,
        mode=mode,
        bytes=len(data),
        orientation=ifd.orientation(exif),
        frames=max(1, moving.frames),
        duration=moving.duration,
        plays=moving.plays,
        hidden=moving.hidden,
        alpha=mode.endswith("A") or _key(data, first) is not None or moving.alpha,
        depth=depth,
        samples_per_pixel=len(mode),
        progressive=bool(ihdr[12]),
        coded=sum(coded),
        largest=max(coded),
        surplus=sum(max(0, size - enough) for size in coded),
        profile=profile,
        metadata=len(profile) + sum(part.end - part.begin for part in parts if part.name in _COPIED),
        exif=(exif,),
    )


def stated_size(head: bytes) -> tuple[int, int]:
    """Return width and height, read from the beginning of a file; fails where it does not say yet."""
    return _size(next(chunks(head)).payload(head))


def strip(data: bytes) -> list[bytes | memoryview]:
    """Return the pieces of ``data`` as a PNG of nothing but its pixels, in one chunk, and of what decides them.

    All else is nothing to a decoder: text unpacks to a thousand times its size, and what is broken in it, or missing
    behind the pixels, does not show.
    """
    parts = list(chunks(data))
    pixels = [part.payload(data) for part in parts if part.name == b"IDAT"]
    return [memoryview(data)[: parts[0].end], *coloring(data, parts), *one_chunk(pixels)]


def one_chunk(pixels: Sequence[memoryview]) -> list[bytes | memoryview]:
    """Return coded pixels as one chunk, whose checksum no decoder looks at, and the end of a PNG, in pieces."""
    return [struct.pack(">I4s", sum(map(len, pixels)), b"IDAT"), *pixels, bytes(4), _END]


def coloring(data: bytes, parts: Iterable[Chunk]) -> list[memoryview]:
    """Return the chunks with the palette and the transparent colors, as far as they count."""
    view = memoryview(data)
    first = _first(parts)
    found = (first.get(b"PLTE"), _key(data, first))
    return [view[part.begin : part.end] for part in found if part]


def _first(parts: Iterable[Chunk]) -> dict[bytes, Chunk]:
    """Return the first chunk of each name, those behind the first pixels aside unless they are pixels themselves."""
    first: dict[bytes, Chunk] = {}
    for part in parts:
        if b"IDAT" not in first or part.name == b"fdAT":
            first.setdefault(part.name, part)
    return first


def _key(data: bytes, first: dict[bytes, Chunk]) -> Chunk | None:
    """Return the chunk of transparent colors; one that is broken, or precedes the palette, counts for nothing."""
    key, color = first.get(b"tRNS"), data[first[b"IHDR"].begin + 17]
    shortest = _SHORTEST_KEY.get(color)
    if key is None or shortest is None or key.end - key.begin - 12 < shortest or not key.whole(data):
        return None
    return key if color != _PALETTE or key.begin > first[b"PLTE"].begin else None


def _check(parts: list[Chunk], first: dict[bytes, Chunk], color: int) -> None:
    """Raise UndecodableImage for a file without one of the chunks it needs, or with one that cannot be ignored."""
    unknown = any(part.name[:1].isupper() and part.name not in _CRITICAL for part in first.values())
    if parts[0].name != b"IHDR" or b"IDAT" not in first or unknown:
        raise UndecodableImage("the PNG data is broken or ends early")
    if color == _PALETTE and b"PLTE" not in first:
        raise UndecodableImage("the PNG has no palette")


def _check_end(parts: list[Chunk], data: bytes) -> None:
    """Raise EOFError for an animation that ends before its last frame because the file does."""
    announced = [int.from_bytes(part.payload(data)[:4], "big") for part in parts if part.name == b"acTL"][:1]
    names = [part.name for part in parts]
    missing = announced and (names.count(b"fcTL") < announced[0] or names[-2] == b"fcTL")
    if missing and parts[-1].end > len(data):
        raise EOFError


def _coded(parts: list[Chunk]) -> list[int]:
    """Return the bytes of pixels before the first frame control, and behind each."""
    coded = [0]
    for part in parts:
        if part.name == b"fcTL":
            coded.append(0)
        elif part.name in (b"IDAT", b"fdAT"):
            coded[-1] += part.end - part.begin - 12
    return coded


def _enough(size: tuple[int, int], bits: int) -> int:
    """Return the most bytes that pixels of so many bits can take: deflate writes what it cannot shorten as it is.

    A stream may have any number of empty blocks, though.
    """
    width, height = size
    # each row begins with its filter, and each of the seven passes of an interlaced picture has rows of its own
    return deflate_bound(height * (-(-width * bits // 8) + 4))


def _told(data: bytes, first: dict[bytes, Chunk]) -> dict[bytes, memoryview]:
    """Return what the chunks about color hold, broken ones aside."""
    found = (first[name] for name in png_color.NAMES if name in first)
    return {part.name: part.payload(data) for part in found if part.whole(data)}


def _size(ihdr: memoryview) -> tuple[int, int]:
    return int.from_bytes(ihdr[:4], "big"), int.from_bytes(ihdr[4:8], "big")
