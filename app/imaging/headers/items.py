"""Reads the items of a HEIC or an AVIF, its pictures and their metadata: ISO/IEC 14496-12, section 8.11.

What a file says of itself is read by this and checked by who asks; what it takes to read is bounded here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import msgspec

from app.imaging.headers.boxes import MOST, Fields, boxes, inside

# A picture of 50 megapixels in tiles of 256×256 has 800.
MOST_TILES: Final = 1024
# The tables of a HEIC of 1000 tiles take half of this, and their uses of properties, which take the longest, 7 KB.
_MOST_BYTES, _MOST_ASSOCIATIONS = 1 << 16, 1 << 14
# Whoever does not know a property that is essential to an item must not show it; it gets this name.
UNKNOWN: Final = b"?"
_KNOWN: Final = frozenset(
    (
        *(b"hvcC", b"av1C", b"ispe", b"colr", b"pixi", b"irot", b"imir", b"clap", b"auxC", b"pasp"),
        # how bright the picture is, and the display that it was made on
        *(b"clli", b"mdcv", b"cclv", b"amve"),
    )
)


class Items(msgspec.Struct, frozen=True):
    """The items of a file by number: what each is, where its data is, its properties, and what refers to what.

    A place is a source with the first byte and the length in it; a reference its kind, where from and where to.
    ``primary`` is the item that is shown, 0 where none is, as in the metadata of a track.
    """

    primary: int
    kinds: Mapping[int, bytes]
    places: Mapping[int, list[tuple[memoryview, int, int]]]
    properties: Mapping[int, list[tuple[bytes, memoryview]]]
    references: list[tuple[bytes, int, tuple[int, ...]]]

    def data(self, item: int) -> memoryview:
        """Return the data of an item; raises EOFError when the file ends before it."""
        parts = [source[begin : begin + length] for source, begin, length in self.places[item]]
        if [len(part) for part in parts] != [length for _, _, length in self.places[item]]:
            raise EOFError
        return parts[0] if len(parts) == 1 else memoryview(b"".join(parts))

    def all(self, item: int, name: bytes) -> list[memoryview]:
        """Return an item's properties of this name, in their order."""
        return [payload for kind, payload in self.properties.get(item, ()) if kind == name]

    def first(self, item: int, name: bytes) -> memoryview:
        """Return an item's first property of this name; raises IndexError."""
        return self.all(item, name)[0]

    def size(self, item: int) -> tuple[int, int]:
        """Return the width and height that an item declares; raises LookupError and EOFError."""
        fields = Fields(self.first(item, b"ispe")[4:])
        return fields.number(4), fields.number(4)

    def referring(self, kind: bytes, item: int) -> list[int]:
        """Return the items with a reference of this kind to ``item``, each once."""
        return list(dict.fromkeys(start for name, start, ends in self.references if name == kind and item in ends))

    def referred(self, kind: bytes, item: int) -> tuple[int, ...]:
        """Return the items that ``item`` has a reference of this kind to."""
        return next((ends for name, start, ends in self.references if name == kind and start == item), ())


def read(file: memoryview, box: memoryview) -> Items:
    """Return the items that a meta box of a file tells of; raises whatever broken data leads to.

    What follows the box is looked at only where an item lies: some phones write more behind the last box.
    """
    meta = dict(boxes(box[4:]))
    return Items(
        _primary(meta[b"pitm"]) if b"pitm" in meta else 0,
        {item: bytes(kind) for item, kind in kinds(meta[b"iinf"])} if b"iinf" in meta else {},
        _places(meta[b"iloc"], file, meta.get(b"idat", file[:0])) if b"iloc" in meta else {},
        _properties(meta[b"iprp"]) if b"iprp" in meta else {},
        list(_references(meta[b"iref"])) if b"iref" in meta else [],
    )


def read_front(head: memoryview) -> Items:
    """Return what the beginning of a file, which may have only its metadata, tells of the properties of its items."""
    meta = dict(boxes(inside(head, b"meta")[4:]))
    return Items(_primary(meta[b"pitm"]), {}, {}, _properties(meta[b"iprp"]), [])


def exif(data: memoryview) -> memoryview:
    """Return the EXIF in the data of an item, behind as many bytes as that says itself."""
    return data[4 + int.from_bytes(data[:4], "big") :] or data[4:]


def color(boxes: Iterable[memoryview], *kinds: bytes) -> bytes:
    """Return the first of these color boxes that is of one of ``kinds`` (section 12.1.5); empty for none."""
    return next((bytes(box[4:]) for box in boxes if box[:4] in kinds), b"")


def _table(data: memoryview) -> tuple[int, int, Fields]:
    """Return the version, the flags and the fields of a full box; raises ValueError when it is too long."""
    if len(data) > _MOST_BYTES:
        raise ValueError("a table is too long")
    fields = Fields(data)
    return fields.number(1), fields.number(3), fields


def _primary(pitm: memoryview) -> int:
    version, _, fields = _table(pitm)
    return fields.number(4 if version else 2)


def kinds(iinf: memoryview) -> Iterator[tuple[int, memoryview]]:
    """Yield the number of each item and its kind, four bytes where they are in the table of items (section 8.11.6)."""
    version, _, fields = _table(iinf)
    fields.number(4 if version else 2)
    for name, entry in boxes(fields.rest()):
        version, _, about = _table(entry)
        if name == b"infe" and version >= 2:
            number = about.number(4 if version == 3 else 2)
            about.number(2)
            yield number, about.take(4)


def _places(iloc: memoryview, file: memoryview, idat: memoryview) -> Mapping[int, list[tuple[memoryview, int, int]]]:
    """Return where the data of each item is (section 8.11.3), the items that lie in other items aside."""
    version, _, fields = _table(iloc)
    sizes = fields.number(2)
    offset, length, base, index = (sizes >> shift & 15 for shift in (12, 8, 4, 0))
    places: dict[int, list[tuple[memoryview, int, int]]] = defaultdict(list)
    seen: set[tuple[int, int, int]] = set()
    wide = 4 if version == 2 else 2
    if (items := fields.number(wide)) > MOST:
        raise ValueError("too many items")
    pieces = total = 0
    for _ in range(items):
        item = fields.number(wide)
        method = fields.number(2) & 15 if version else 0
        fields.number(2)
        begin, count = fields.number(base), fields.number(2)
        pieces += count
        if pieces > MOST:
            raise ValueError("too many pieces")
        parts = []
        for _ in range(count):
            fields.number(index if version else 0)
            parts.append((method, begin + fields.number(offset), fields.number(length)))
        # An encoder may store equal tiles once; what is in several pieces has to be copied for each item.
        if count > 1 or not seen.issuperset(parts):
            total += sum(size for _, _, size in parts)
        seen.update(parts)
        if method <= 1:
            places[item] += [(idat if method else file, at, size) for _, at, size in parts]
    if total > len(file):
        raise ValueError("items that share their data")
    return dict(places)


def _properties(iprp: memoryview) -> Mapping[int, list[tuple[bytes, memoryview]]]:
    """Return the properties of each item (ISO/IEC 23008-12, section 9.3)."""
    parts = list(boxes(iprp))
    known = list(boxes(dict(parts)[b"ipco"]))
    tables = [part for name, part in parts if name == b"ipma"]
    if sum(map(len, tables)) > _MOST_ASSOCIATIONS:
        raise ValueError("too many associations")
    properties: dict[int, list[tuple[bytes, memoryview]]] = defaultdict(list)
    for version, flags, fields in map(_table, tables):
        size = 2 if flags & 1 else 1
        for _ in range(fields.number(4)):
            item = fields.number(4 if version else 2)
            if item in properties:  # a byte counts those of an item, and each look at it passes over all of them
                raise ValueError("an item whose properties are told twice")
            for association in fields.numbers(fields.number(1), size):
                essential, place = divmod(association, 1 << 8 * size - 1)
                if place:
                    name, payload = known[place - 1]
                    properties[item].append((UNKNOWN if essential and name not in _KNOWN else name, payload))
    return dict(properties)


def _references(iref: memoryview) -> Iterator[tuple[bytes, int, tuple[int, ...]]]:
    version, _, fields = _table(iref)
    for name, entry in boxes(fields.rest()):
        ends = Fields(entry)
        size = 4 if version else 2
        start, count = ends.number(size), ends.number(2)
        yield name, start, ends.numbers(count, size)
