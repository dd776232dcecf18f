"""Arranges coded pictures in AVIF files, box by box, with the writer of HEIC files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from PIL import Image

from tests.support import drawing, heic
from tests.support.heic import Item, Reference, box, boxes

ALPHA = heic.auxiliary(heic.ALPHA)
_KEPT = (b"av1C", b"ispe", b"pixi", b"colr")


def coded(image: Image.Image, **settings: Any) -> Item:
    """Return an opaque ``image`` as a coded item, with what says how it is to be read."""
    data = drawing.encoded(image, "AVIF", **settings)
    parts = dict(boxes(data))
    stored = dict(boxes(dict(boxes(parts[b"meta"][4:]))[b"iprp"]))[b"ipco"]
    kept = tuple(box(name, payload) for name, payload in boxes(stored) if name in _KEPT)
    return Item(b"av01", parts[b"mdat"], kept)


def stating(item: Item, width: int, height: int) -> Item:
    """Return an item that says it has another size."""
    extent = heic.extent(width, height)
    return msgspec.structs.replace(item, properties=(*(p for p in item.properties if p[4:8] != b"ispe"), extent))


def without(item: Item, name: bytes) -> Item:
    """Return an item without its properties of this name."""
    return msgspec.structs.replace(item, properties=tuple(p for p in item.properties if p[4:8] != name))


def grid(size: tuple[int, int], columns: int, rows: int, tile: Item) -> Item:
    """Return an item of ``size`` that joins tiles like this one."""
    shared = (each for each in tile.properties if each[4:8] in (b"pixi", b"colr"))
    return heic.grid(size, columns, rows, *shared)


def file(items: Sequence[Item], references: Sequence[Reference] = ()) -> bytes:
    """Return a file of ``items``, which are numbered from 1; the first is shown. Equal data is stored once."""
    return heic.file(items, references, brand=b"avif", once=True)
