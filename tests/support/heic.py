"""Writes HEIC files: whole ones with pillow-heif, and any arrangement of coded pictures box by box.

pillow-heif carries an encoder, and a libheif other than the one that the app decodes with.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from io import BytesIO
from itertools import accumulate
from typing import Any, Final

import msgspec
import numpy as np
import pillow_heif
from numpy.typing import NDArray
from PIL import Image

ALPHA: Final = b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha"
# What a phone adds: the gain map of an HDR picture, the depth of a portrait.
GAIN_MAP: Final = b"urn:com:apple:photo:2020:aux:hdrgainmap"
DEPTH: Final = b"urn:mpeg:hevc:2015:auxid:2"

Reference = tuple[bytes, int, tuple[int, ...]]


class Item(msgspec.Struct, frozen=True):
    """One item of a file: its kind, its data, and its properties as finished boxes, all of them essential or not."""

    kind: bytes
    data: bytes
    properties: tuple[bytes, ...] = ()
    essential: bool = False


def encoded(image: Image.Image, **settings: Any) -> bytes:
    """Return ``image`` as a HEIC, with pillow-heif's ``settings``."""
    out = BytesIO()
    pillow_heif.from_pillow(image).save(out, format="HEIF", **settings)
    return out.getvalue()


def deep(samples: NDArray[np.uint16], *, bits: int, **settings: Any) -> bytes:
    """Return samples of 16 bits (gray, RGB or RGBA) as a HEIC of 10 or 12 bits."""
    mode = {1: "L", 3: "RGB", 4: "RGBA"}[samples.shape[2]]
    size = samples.shape[1], samples.shape[0]
    before, pillow_heif.options.SAVE_HDR_TO_12_BIT = pillow_heif.options.SAVE_HDR_TO_12_BIT, bits == 12
    try:
        out = BytesIO()
        pillow_heif.from_bytes(f"{mode};16", size, samples.tobytes()).save(out, format="HEIF", **settings)
    finally:
        pillow_heif.options.SAVE_HDR_TO_12_BIT = before
    return out.getvalue()


def decoded(data: bytes) -> Image.Image:
    """Return the upright picture as the other libheif reads it, with eight bits per sample."""
    image = pillow_heif.open_heif(data).to_pillow()
    if image.mode == "I;16":  # gray keeps its depth; the highest bits are what color keeps too
        return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    return image.convert("RGBA") if image.mode == "RGBa" else image


def coded(image: Image.Image, **settings: Any) -> Item:
    """Return ``image``, of even sides of 64 pixels at least, as a coded item with its configuration and size."""
    assert not image.info, "use item_of(encoded(image)) for what is more than samples"
    return _coded(image.mode, image.size, image.tobytes(), **settings)


@cache
def _coded(mode: str, size: tuple[int, int], samples: bytes, **settings: Any) -> Item:
    """Encode the same picture once, because an encoder takes far longer than a decoder."""
    return item_of(encoded(Image.frombytes(mode, size, samples), **settings))


def item_of(data: bytes) -> Item:
    """Return the only coded item of a file."""
    parts = dict(boxes(data))
    meta = dict(boxes(parts[b"meta"][4:]))
    properties = [(name, payload) for name, payload in boxes(dict(boxes(meta[b"iprp"]))[b"ipco"])]
    kept = tuple(box(name, payload) for name, payload in properties if name in (b"hvcC", b"ispe", b"colr"))
    return Item(b"hvc1", parts[b"mdat"], kept)


def grid(size: tuple[int, int], columns: int, rows: int, *properties: bytes) -> Item:
    """Return an item of ``size`` that joins tiles, row by row."""
    wide = any(side > 0xFFFF for side in size)
    sides = b"".join(number(side, 4 if wide else 2) for side in size)
    return Item(b"grid", bytes((0, wide, rows - 1, columns - 1)) + sides, (extent(*size), *properties))


def tiled(image: Image.Image, tile: int, *properties: bytes, **settings: Any) -> bytes:
    """Return ``image`` as a grid of square tiles, which reach over its edges where they have to."""
    columns, rows = -(-image.width // tile), -(-image.height // tile)
    padded = image.crop((0, 0, columns * tile, rows * tile))
    boxed = [(x * tile, y * tile, (x + 1) * tile, (y + 1) * tile) for y in range(rows) for x in range(columns)]
    tiles = [coded(padded.crop(area), **settings) for area in boxed]
    joined = grid(image.size, columns, rows, *properties)
    return file([joined, *tiles], [(b"dimg", 1, tuple(range(2, 2 + len(tiles))))])


def with_properties(item: Item, *properties: bytes, essential: bool = False) -> Item:
    """Return an item with more properties behind those it has."""
    return msgspec.structs.replace(item, properties=(*item.properties, *properties), essential=essential)


def file(
    items: Sequence[Item],
    references: Sequence[Reference] = (),
    *,
    primary: int = 1,
    brand: bytes = b"heic",
    once: bool = False,
) -> bytes:
    """Return a file of ``items``, which are numbered from 1; ``references`` are kind, from, to.

    ``once`` stores equal data once.
    """
    start = box(b"ftyp", brand, bytes(4), b"mif1", brand)
    at, places, named, uses, stored = len(start) + 8, b"", b"", b"", []
    data = {item.data if once else index: item.data for index, item in enumerate(items, 1)}
    places_of = dict(zip(data, accumulate(map(len, data.values()), initial=at), strict=False))
    for index, item in enumerate(items, 1):
        place = places_of[item.data if once else index]
        places += number(index, 2) + bytes(2) + number(1, 2) + number(place, 4) + number(len(item.data), 4)
        named += box(b"infe", b"\2\0\0\0", number(index, 2), bytes(2), item.kind, b"\0")
        uses += number(index, 2) + number(len(item.properties), 1)
        for each in item.properties:
            stored.append(each)
            uses += number(len(stored) | 0x8000 * item.essential, 2)
    parts = [
        box(b"hdlr", bytes(8), b"pict", bytes(13)),
        box(b"pitm", bytes(4), number(primary, 2)),
        box(b"iloc", bytes(4), b"\x44\0", number(len(items), 2), places),
        box(b"iinf", bytes(4), number(len(items), 2), named),
        box(b"iprp", box(b"ipco", *stored), box(b"ipma", b"\0\0\0\1", number(len(items), 4), uses)),
        *([box(b"iref", bytes(4), *(_reference(*each) for each in references))] if references else []),
    ]
    return start + box(b"mdat", *data.values()) + box(b"meta", bytes(4), *parts)


def _reference(kind: bytes, start: int, ends: tuple[int, ...]) -> bytes:
    return box(kind, number(start, 2), number(len(ends), 2), *(number(end, 2) for end in ends))


def extent(width: int, height: int) -> bytes:
    """Return the property of a picture's size."""
    return box(b"ispe", bytes(4), number(width, 4), number(height, 4))


def rotation(quarters: int) -> bytes:
    """Return the property that rotates by quarter turns, anticlockwise."""
    return box(b"irot", bytes((quarters,)))


def mirror(axis: int) -> bytes:
    """Return the property that mirrors top to bottom (0) or left to right (1)."""
    return box(b"imir", bytes((axis,)))


def aperture(size: tuple[int, int], left: int, top: int, width: int, height: int) -> bytes:
    """Return the property that shows only this part of a picture of ``size``."""
    x, y = 2 * left + width - size[0], 2 * top + height - size[1]
    numbers = (width, 1, height, 1, x, 2, y, 2)
    return box(b"clap", *(value.to_bytes(4, "big", signed=True) for value in numbers))


def auxiliary(kind: bytes) -> bytes:
    """Return the property of what an auxiliary image is."""
    return box(b"auxC", bytes(4), kind, b"\0")


def profile(icc: bytes) -> bytes:
    """Return the property that is a color profile."""
    return box(b"colr", b"prof", icc)


def nclx(primaries: int, transfer: int, matrix: int, *, full: bool = True) -> bytes:
    """Return the property that codes a color space by numbers (ITU-T H.273)."""
    return box(b"colr", b"nclx", *(number(each, 2) for each in (primaries, transfer, matrix)), bytes((full << 7,)))


def box(name: bytes, *parts: bytes) -> bytes:
    """Return one box: ISO/IEC 14496-12, section 4.2."""
    return number(8 + sum(map(len, parts)), 4) + name + b"".join(parts)


def boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the name and payload of each box of a file that pillow-heif wrote."""
    while data:
        size = int.from_bytes(data[:4], "big")
        yield data[4:8], data[8:size]
        data = data[size:]


def number(value: int, size: int) -> bytes:
    """Return ``value`` in ``size`` bytes."""
    return value.to_bytes(size, "big")
