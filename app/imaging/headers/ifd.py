"""Reads the directories of a TIFF, which EXIF is too: the orientation, and what bounds what a decoder reads of them.

TIFF 6.0, section 2; BigTIFF: https://www.awaresystems.be/imaging/tiff/bigtiff.html
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence, Set
from contextlib import suppress
from typing import Final

import msgspec

# A photograph has a hundred entries in all its directories.
MOST_ENTRIES: Final = 2000
# Looked at where it is: EXIF of 20 MB is read before anybody asks whether there is memory for it.
Block = bytes | memoryview
# Bytes of one value, by its type.
_BYTES: Final = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
# The kinds whose values are bytes; a decoder makes up to twenty bytes of each byte of others, which are numbers.
_BYTE_KINDS: Final = frozenset((1, 2, 6, 7))
# All numbers of a file together, in bytes. Its strips and a color map of 16 bits take half as much.
_MOST_NUMBERS: Final = 1 << 20
# By how many bytes values may be more than there are: those that stand in their entries count too.
SPARE: Final = 4096
# The tags that refer to further directories: EXIF, GPS, interoperability.
FURTHER: Final = frozenset((0x8769, 0x8825, 0xA005))
_ORIENTATION, _SHORT = 0x0112, 3
# What precedes EXIF in a JPEG, and in some files of other formats.
PREFIX: Final = b"Exif\0\0"


class Entry(msgspec.Struct, frozen=True):
    """One entry; ``value`` is what stands in it: the value itself, or where that is if it takes more ``size``."""

    tag: int
    kind: int
    count: int
    value: bytes

    @property
    def size(self) -> int:
        """Return the bytes of the value."""
        return _BYTES.get(self.kind, 0) * self.count


class Directory(msgspec.Struct, frozen=True):
    """The entries of one directory, where it should end, and where the next one is, 0 for nowhere."""

    entries: tuple[Entry, ...]
    end: int
    next: int


class TiffLayout(msgspec.Struct, frozen=True):
    """How one kind of TIFF is laid out.

    ``order`` is its byte order as ``struct`` writes it, ``head`` how many bytes there are before the place of the first
    directory. ``number`` is how many entries a directory has, ``row`` one of them, ``place`` where something is.
    """

    order: str
    head: int
    number: struct.Struct
    row: struct.Struct
    place: struct.Struct

    @classmethod
    def of(cls, block: Block) -> TiffLayout:
        """Return the layout of a TIFF; raises ValueError for anything else, struct.error when it ends early."""
        order = {b"II": "<", b"MM": ">"}.get(bytes(block[:2]))
        if order is None:
            raise ValueError("neither byte order of TIFF")
        (version,) = struct.unpack_from(order + "2xH", block)
        if version != 43:
            return cls.classic(order)
        # Pillow takes this for the other kind, and would find another directory than is checked here.
        if order == ">":
            raise ValueError("a BigTIFF of this byte order is not supported")
        return cls(order, 8, *(struct.Struct(order + text) for text in ("Q", "HHQ8s", "Q")))

    @classmethod
    def classic(cls, order: str) -> TiffLayout:
        """Return the layout that EXIF has, and every TIFF but a BigTIFF."""
        return cls(order, 4, *(struct.Struct(order + text) for text in ("H", "HHI4s", "I")))

    def integer(self, data: Block) -> int:
        """Return the number that all of ``data`` is, however many bytes there are."""
        return int.from_bytes(data, "little" if self.order == "<" else "big")


def orientation(block: Block) -> int:
    """Return the orientation, 1..8, that an EXIF block states, or 1; broken EXIF never fails an image.

    It is the one field of EXIF that changes pixels.
    """
    block = without_prefix(block)
    try:
        found = (entry for entry in first(block).entries if (entry.tag, entry.kind) == (_ORIENTATION, _SHORT))
        entry = next(found, None)
        stated = struct.unpack(TiffLayout.of(block).order + "H", entry.value[:2])[0] if entry else 1
        return stated if 1 <= stated <= 8 else 1
    except (struct.error, ValueError):
        return 1


def without_prefix(block: Block) -> memoryview:
    """Return a TIFF header with its first directory, without the ``Exif\\0\\0`` that may precede it.

    CIPA DC-008, section 4.6.4.
    """
    view = memoryview(block)
    return view[len(PREFIX) :] if bytes(view[: len(PREFIX)]) == PREFIX else view


def first(block: Block) -> Directory:
    """Return the first directory; raises ValueError and struct.error."""
    layout = TiffLayout.of(block)
    (at,) = layout.place.unpack_from(block, layout.head)
    return _directory(block, at, layout)


def value(block: Block, entry: Entry) -> memoryview:
    """Return the value of an entry of ``block``; raises ValueError and struct.error."""
    if entry.size <= len(entry.value):
        return memoryview(entry.value)[: entry.size]
    (at,) = TiffLayout.of(block).place.unpack(entry.value)
    return memoryview(block)[at : at + entry.size]


def referred(block: Block, entry: Entry) -> Directory:
    """Return the directory that an entry with a tag of ``FURTHER`` refers to; raises ValueError and struct.error."""
    layout = TiffLayout.of(block)
    return _directory(block, _place(entry, layout), layout)


def without(block: bytes, tags: Set[int]) -> Sequence[bytes | memoryview]:
    """Return the pieces of a file whose first directory lacks ``tags``; raises ValueError and struct.error."""
    layout = TiffLayout.of(block)
    kept = [entry for entry in first(block).entries if entry.tag not in tags]
    rows = [layout.row.pack(entry.tag, entry.kind, entry.count, entry.value) for entry in kept]
    rest = memoryview(block)[layout.head + layout.place.size :]
    directory = [layout.number.pack(len(rows)), *rows, bytes(layout.place.size)]
    return [block[: layout.head], layout.place.pack(len(block)), rest, *directory]


def check(block: Block) -> int:
    """Return the bytes of all values in all directories that can be read, of a block that is a TIFF.

    Raises ValueError for directories that are longer than any file needs, or share their values: TIFF may do that. A
    decoder copies every value of a directory. Those of a thousand entries that all refer to the same megabyte would
    fill the memory. What is broken is left to the decoder.
    """
    block = without_prefix(without_prefix(block))  # Pillow skips two
    total = numbers = 0
    if bytes(block[:2]) not in (b"II", b"MM"):
        return total
    with suppress(struct.error):
        for directory in directories(block):
            total += sum(entry.size for entry in directory.entries)
            numbers += sum(entry.size for entry in directory.entries if entry.kind not in _BYTE_KINDS)
            if total > len(block) + SPARE:
                raise ValueError("the directories of the file refer to more than there is")
            if numbers > _MOST_NUMBERS:
                raise ValueError("the directories of the file hold more numbers than any file needs")
    return total


def directories(block: Block) -> Iterator[Directory]:
    """Yield the first directory, the next, and those of EXIF that they refer to; raises ValueError and struct.error."""
    layout, start = TiffLayout.of(block), first(block)
    yield start
    pending = [*_further(start, layout), start.next]
    for _ in range(len(FURTHER) + 1):
        at = next((place for place in pending if place), 0)
        if not at:
            return
        pending = [place for place in pending if place not in (0, at)]
        directory = _directory(block, at, layout)
        pending += _further(directory, layout)
        yield directory


def _further(directory: Directory, layout: TiffLayout) -> list[int]:
    return [_place(entry, layout) for entry in directory.entries if entry.tag in FURTHER]


def _place(entry: Entry, layout: TiffLayout) -> int:
    return layout.integer(entry.value[: entry.size])


def _directory(block: Block, at: int, layout: TiffLayout) -> Directory:
    (count,) = layout.number.unpack_from(block, at)
    if count > MOST_ENTRIES:
        raise ValueError("a directory of too many entries")
    begin, row = at + layout.number.size, layout.row
    end = begin + count * row.size
    following = end + layout.place.size
    whole = (min(end, len(block)) - begin) // row.size * row.size
    entries = tuple(Entry(*fields) for fields in row.iter_unpack(block[begin : begin + whole]))
    return Directory(entries, following, layout.integer(block[end:following]))
