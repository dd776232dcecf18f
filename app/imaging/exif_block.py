"""Copies the fields of EXIF as they are, byte by byte: Pillow would turn text that is not ASCII into question marks.

CIPA DC-008 (Exif 3.0), section 4.6; what is not read is the next directory, a thumbnail of what was not cut off yet.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from contextlib import suppress

import msgspec

from app.imaging.headers import ifd
from app.imaging.headers.ifd import Block, Entry

# Bytes of the numbers that make up a value, by its type.
_NUMBER = {3: 2, 4: 4, 5: 4, 8: 2, 9: 4, 10: 4, 11: 4, 12: 8}
_LONG, _PLACE = 4, 4
# The types of a BigTIFF, whose numbers no EXIF has.
_WIDE = frozenset((16, 17, 18))


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
        head = (b"II*\0" if self.order == "<" else b"MM\0*") + struct.pack(self.order + "I", 8)
        return head + _directory(self.fields, self.order, len(head))


def read(block: Block) -> ExifBlock:
    """Return the fields of a block that ``ifd.check`` lets pass, those aside whose values are cut off.

    Raises ValueError and struct.error for anything but a TIFF.
    """
    block = ifd.without_prefix(block)
    return ExifBlock(ifd.TiffLayout.of(block).order, _fields(block, ifd.first(block).entries))


def added(tiff: bytes, exif: bytes) -> bytes:
    """Return the file of a picture, a TIFF, with the fields of an EXIF block in its directory."""
    order, found = ifd.TiffLayout.of(tiff).order, read(exif)
    fields = found.fields if found.order == order else [field.swapped() for field in found.fields]
    whole = tiff + bytes(len(tiff) % 2)
    directory = _directory(fields, order, len(whole), own=ifd.first(tiff).entries)
    return whole[:_PLACE] + struct.pack(order + "I", len(whole)) + whole[2 * _PLACE :] + directory


def _fields(block: Block, entries: Iterable[Entry], *, nested: int = 2) -> list[ExifField]:
    found = []
    for entry in entries:
        if entry.tag in ifd.FURTHER and nested:
            with suppress(struct.error, ValueError):
                inside = _fields(block, ifd.referred(block, entry).entries, nested=nested - 1)
                found.append(ExifField(entry.tag, _LONG, 1, b"", inside))
            continue
        value = bytes(ifd.value(block, entry))
        if entry.size and len(value) == entry.size and entry.kind not in _WIDE:
            found.append(ExifField(entry.tag, entry.kind, entry.count, value))
    return found


def _directory(fields: Iterable[ExifField], order: str, at: int, *, own: Iterable[Entry] = ()) -> bytes:
    """Return a directory that begins at this place and its values behind it; ``own`` entries have theirs elsewhere."""
    rows = {entry.tag: struct.pack(order + "HHI4s", entry.tag, entry.kind, entry.count, entry.value) for entry in own}
    new = {field.tag: field for field in fields if field.tag not in rows}
    begin = at + 2 + 12 * (len(rows) + len(new)) + _PLACE
    rest = bytearray()
    for field in new.values():
        aligned = len(rest) + len(rest) % 2
        value = _directory(field.fields, order, begin + aligned) if field.fields else field.value
        if field.fields or len(value) > _PLACE:
            rest = rest.ljust(aligned, b"\0") + value
            value = struct.pack(order + "I", begin + aligned)
        rows[field.tag] = struct.pack(order + "HHI4s", field.tag, field.kind, field.count, value)
    return struct.pack(order + "H", len(rows)) + b"".join(rows[tag] for tag in sorted(rows)) + bytes(_PLACE) + rest
