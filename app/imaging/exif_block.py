"""Copies the fields of EXIF as they are, byte by byte: Pillow would turn text that is not ASCII into question marks.

CIPA DC-008 (Exif 3.0), section 4.6; what is not read is the next directory, a thumbnail of what was not cut off yet.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Final

import msgspec

from app.imaging.headers import ifd
from app.imaging.headers.ifd import Block, Entry, TiffLayout

# Bytes of the numbers that make up a value, by its type.
_NUMBER: Final = {3: 2, 4: 4, 5: 4, 8: 2, 9: 4, 10: 4, 11: 4, 12: 8}
_LONG: Final = 4
# The types of a BigTIFF, whose numbers no EXIF has.
_WIDE: Final = frozenset((16, 17, 18))


class ExifField(msgspec.Struct, frozen=True):
    """One field: its type and its value, or the fields of the directory that it refers to."""

    tag: int
    kind: int
    count: int
    value: bytes
    fields: Sequence[ExifField] = ()

    def swapped(self) -> ExifField:
        """Return the field with its numbers in the other byte order."""
        size = _NUMBER.get(self.kind, 1)
        value = b"".join(self.value[at : at + size][::-1] for at in range(0, len(self.value), size))
        return ExifField(self.tag, self.kind, self.count, value, [field.swapped() for field in self.fields])


class ExifBlock(msgspec.Struct, frozen=True):
    """The fields of the first directory, and their byte order as ``struct`` writes it."""

    order: str
    fields: Sequence[ExifField]

    def written(self) -> bytes:
        """Return the block, a TIFF of no picture; empty for no fields."""
        if not self.fields:
            return b""
        layout, head = TiffLayout.classic(self.order), b"II*\0" if self.order == "<" else b"MM\0*"
        at = layout.head + layout.place.size
        return head + layout.place.pack(at) + _directory(self.fields, layout, at)


def read(block: Block) -> ExifBlock:
    """Return the fields of a block that ``ifd.check`` lets pass, those aside whose values are cut off.

    Raises ValueError and struct.error for anything but a TIFF.
    """
    block = ifd.without_prefix(block)
    return ExifBlock(TiffLayout.of(block).order, _Reader(block).fields(ifd.first(block).entries))


def added(tiff: bytes, exif: bytes) -> bytes:
    """Return the file of a picture, a TIFF, with the fields of an EXIF block in its directory."""
    layout, found = TiffLayout.of(tiff), read(exif)
    fields = found.fields if found.order == layout.order else [field.swapped() for field in found.fields]
    at = len(tiff) + len(tiff) % 2
    directory = _directory(fields, layout, at, own=ifd.first(tiff).entries)
    rest = memoryview(tiff)[layout.head + layout.place.size :]
    return b"".join((tiff[: layout.head], layout.place.pack(at), rest, bytes(at - len(tiff)), directory))


class _Reader:
    """Reads the fields of one block: each kind of further directory once, and no more bytes than there are.

    A directory may refer to itself, a thousand times over, and all values to the same bytes.
    """

    def __init__(self, block: Block) -> None:
        self._block = block
        self._left = len(block) + ifd.SPARE
        self._met: set[int] = set()

    def fields(self, entries: Iterable[Entry]) -> list[ExifField]:
        """Return the fields of a directory; raises ValueError where they have more bytes than there can be."""
        return [field for entry in entries if (field := self._field(entry))]

    def _field(self, entry: Entry) -> ExifField | None:
        if entry.tag in ifd.FURTHER:
            inside = self._inside(entry)
            return ExifField(entry.tag, _LONG, 1, b"", inside) if inside else None
        self._left -= entry.size
        if self._left < 0:
            raise ValueError("the directories of the file refer to more than there is")
        value = bytes(ifd.value(self._block, entry))
        whole = entry.size and len(value) == entry.size and entry.kind not in _WIDE
        return ExifField(entry.tag, entry.kind, entry.count, value) if whole else None

    def _inside(self, entry: Entry) -> list[ExifField]:
        if entry.tag not in self._met:
            self._met.add(entry.tag)
            with suppress(struct.error, ValueError):
                return self.fields(ifd.referred(self._block, entry).entries)
        return []


def _directory(fields: Iterable[ExifField], layout: TiffLayout, at: int, *, own: Iterable[Entry] = ()) -> bytes:
    """Return a directory that begins at this place and its values behind it; ``own`` entries have theirs elsewhere."""
    end = bytes(layout.place.size)  # no directory follows
    rows = {entry.tag: layout.row.pack(entry.tag, entry.kind, entry.count, entry.value) for entry in own}
    new = {field.tag: field for field in fields if field.tag not in rows}
    begin = at + layout.number.size + layout.row.size * (len(rows) + len(new)) + len(end)
    rest = bytearray()
    for field in new.values():
        aligned = len(rest) + len(rest) % 2
        value = _directory(field.fields, layout, begin + aligned) if field.fields else field.value
        if field.fields or len(value) > layout.place.size:
            rest = rest.ljust(aligned, b"\0") + value
            value = layout.place.pack(begin + aligned)
        rows[field.tag] = layout.row.pack(field.tag, field.kind, field.count, value)
    return b"".join((layout.number.pack(len(rows)), *(rows[tag] for tag in sorted(rows)), end, rest))
