"""Reads the directories of a TIFF, which EXIF is too: the orientation, and what bounds what a decoder reads of them.

TIFF 6.0, section 2; BigTIFF: https://www.awaresystems.be/imaging/tiff/bigtiff.html
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence, Set
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
# The tags that refer to further directories: EXIF, GPS, interoperability.
_FURTHER: Final = frozenset((0x8769, 0x8825, 0xA005))
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
    """The entries of one directory, and where the next one is, 0 for nowhere."""

    entries: tuple[Entry, ...]
    next: int


def orientation(block: Block) -> int:
    """Return the orientation, 1..8, that an EXIF block states, or 1; broken EXIF never fails an image.

    It is the one field of EXIF that changes pixels.
    """
    block = without_prefix(block)
    try:
        order, _ = _layout(block)
        found = (entry for entry in first(block).entries if (entry.tag, entry.kind) == (_ORIENTATION, _SHORT))
        entry = next(found, None)
        value = struct.unpack(order + "H", entry.value[:2])[0] if entry else 1
        return value if 1 <= value <= 8 else 1
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
    order, wide = _layout(block)
    (at,) = struct.unpack_from(order + ("8xQ" if wide else "4xI"), block)
    return _directory(block, at, order, wide=wide)


def value(block: bytes, entry: Entry) -> memoryview:
    """Return the value of an entry of ``block``; raises ValueError and struct.error."""
    order, wide = _layout(block)
    if entry.size <= len(entry.value):
        return memoryview(entry.value)[: entry.size]
    (at,) = struct.unpack(order + ("Q" if wide else "I"), entry.value)
    return memoryview(block)[at : at + entry.size]


def without(block: bytes, tags: Set[int]) -> Sequence[bytes | memoryview]:
    """Return the pieces of a file whose first directory lacks ``tags``; raises ValueError and struct.error."""
    order, wide = _layout(block)
    number, row = _structs(order, wide=wide)
    kept = [entry for entry in first(block).entries if entry.tag not in tags]
    rows = [row.pack(entry.tag, entry.kind, entry.count, entry.value) for entry in kept]
    place = struct.pack(order + ("Q" if wide else "I"), len(block))
    begin = 8 if wide else 4
    rest = memoryview(block)[begin + len(place) :]
    return [block[:begin], place, rest, number.pack(len(rows)), *rows, bytes(len(place))]


def check(block: Block) -> None:
    """Raise ValueError for directories that are longer than any file needs, or share their values: TIFF may do that.

    A decoder copies every value of a directory. Those of a thousand entries that all refer to the same megabyte would
    fill the memory. What is broken is left to the decoder.
    """
    block = without_prefix(without_prefix(block))  # Pillow skips two
    if bytes(block[:2]) not in (b"II", b"MM"):
        return
    left, numbers = len(block) + 4096, _MOST_NUMBERS
    try:
        for directory in _reachable(block):
            left -= sum(entry.size for entry in directory.entries)
            numbers -= sum(entry.size for entry in directory.entries if entry.kind not in _BYTE_KINDS)
            if left < 0:
                raise ValueError("the directories of the file refer to more than there is")
            if numbers < 0:
                raise ValueError("the directories of the file hold more numbers than any file needs")
    except struct.error:
        return


def size(block: Block) -> int:
    """Return the bytes of all values in all directories; raises ValueError and struct.error."""
    return sum(entry.size for directory in _reachable(block) for entry in directory.entries)


def _reachable(block: Block) -> Iterator[Directory]:
    """Yield the first directory, the next, and those of EXIF that they refer to."""
    order, wide = _layout(block)
    start = first(block)
    yield start
    pending = [*_further(start, order), start.next]
    for _ in range(len(_FURTHER) + 1):
        at = next((place for place in pending if place), 0)
        if not at:
            return
        pending = [place for place in pending if place not in (0, at)]
        directory = _directory(block, at, order, wide=wide)
        pending += _further(directory, order)
        yield directory


def _further(directory: Directory, order: str) -> list[int]:
    return [
        int.from_bytes(entry.value[: entry.size], "little" if order == "<" else "big")
        for entry in directory.entries
        if entry.tag in _FURTHER
    ]


def _layout(block: Block) -> tuple[str, bool]:
    """Return the byte order of a TIFF as ``struct`` writes it, and whether it is a BigTIFF.

    Raises ValueError for anything else, struct.error when it ends early.
    """
    order = {b"II": "<", b"MM": ">"}.get(bytes(block[:2]))
    if order is None:
        raise ValueError("neither byte order of TIFF")
    (version,) = struct.unpack_from(order + "2xH", block)
    # Pillow takes this for the other kind, and would find another directory than is checked here.
    if (order, version) == (">", 43):
        raise ValueError("a BigTIFF of this byte order is not supported")
    return order, version == 43


def _directory(block: Block, at: int, order: str, *, wide: bool) -> Directory:
    number, entry = _structs(order, wide=wide)
    (count,) = number.unpack_from(block, at)
    if count > MOST_ENTRIES:
        raise ValueError("a directory of too many entries")
    begin = at + number.size
    end = begin + count * entry.size
    whole = (min(end, len(block)) - begin) // entry.size * entry.size
    entries = tuple(Entry(*fields) for fields in entry.iter_unpack(block[begin : begin + whole]))
    following = block[end : end + (8 if wide else 4)]
    return Directory(entries, int.from_bytes(following, "little" if order == "<" else "big"))


def _structs(order: str, *, wide: bool) -> tuple[struct.Struct, struct.Struct]:
    """Return the layouts of how many entries there are, and of one."""
    return struct.Struct(order + ("Q" if wide else "H")), struct.Struct(order + ("HHQ8s" if wide else "HHI4s"))
