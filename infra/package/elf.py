"""Reads from a shared library what the loader reads: segments, needed libraries, needed symbol versions.

Only 64-bit little-endian files, which is all that the runtime loads. Sections are never looked at: the
loader does not either. https://refspecs.linuxfoundation.org/elf/gabi4+/contents.html
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

import msgspec

MAGIC: Final = b"\x7fELF\x02\x01"
LOAD: Final = 1
_DYNAMIC: Final = 2
_NEEDED: Final = 1
_STRTAB: Final = 5
_VERNEED: Final = 0x6FFFFFFE
_VERNEEDNUM: Final = 0x6FFFFFFF
SEGMENT: Final = struct.Struct("<IIQQQQQQ")


class Segment(msgspec.Struct, frozen=True):
    """One program header, fields in the order of the file; offsets and sizes in bytes."""

    kind: int
    flags: int
    offset: int
    vaddr: int
    paddr: int
    filesz: int
    memsz: int
    align: int

    def holds(self, vaddr: int) -> bool:
        """Say whether bytes of the file back this address."""
        return self.kind == LOAD and self.vaddr <= vaddr < self.vaddr + self.filesz


class Needs(msgspec.Struct, frozen=True):
    """File names of the libraries, and versions of their symbols, that must be there for a load."""

    libraries: tuple[str, ...]
    versions: tuple[str, ...]


def is_elf(data: bytes) -> bool:
    """Say whether this is a file that this module reads."""
    return data.startswith(MAGIC)


def segments(data: bytes) -> list[Segment]:
    """Return the program headers; raise struct.error when the file is cut short."""
    (start,) = struct.unpack_from("<Q", data, 32)
    size, count = struct.unpack_from("<HH", data, 54)
    return [Segment(*SEGMENT.unpack_from(data, start + index * size)) for index in range(count)]


def needs(data: bytes) -> Needs:
    """Return what a shared library needs; raise StopIteration or struct.error when the file is no such thing."""
    parts = segments(data)
    entries = list(_dynamic(data, next(part for part in parts if part.kind == _DYNAMIC)))
    values = dict(entries)
    names = _offset(parts, values[_STRTAB])
    libraries = [_text(data, names + value) for tag, value in entries if tag == _NEEDED]
    versions: list[str] = []
    if _VERNEED in values:
        versions = [
            _text(data, names + at)
            for at in _version_names(data, _offset(parts, values[_VERNEED]), values[_VERNEEDNUM])
        ]
    return Needs(tuple(libraries), tuple(sorted(set(versions))))


def _dynamic(data: bytes, part: Segment) -> Iterator[tuple[int, int]]:
    for tag, value in struct.iter_unpack("<QQ", data[part.offset : part.offset + part.filesz]):
        if tag == 0:
            return
        yield tag, value


def _version_names(data: bytes, at: int, count: int) -> Iterator[int]:
    """Yield the string offset of each version, through two levels of linked lists."""
    for _ in range(count):
        _, entries, _, first, following = struct.unpack_from("<HHIII", data, at)
        entry = at + first
        for _ in range(entries):
            _, _, _, name, step = struct.unpack_from("<IHHII", data, entry)
            yield name
            entry += step
        at += following


def _offset(parts: list[Segment], vaddr: int) -> int:
    found = next(part for part in parts if part.holds(vaddr))
    return found.offset + vaddr - found.vaddr


def _text(data: bytes, at: int) -> str:
    return data[at : data.index(b"\0", at)].decode()
