"""Reads the parts of a shared library that the dynamic loader uses: segments, needed libraries, symbol versions.

Handles 64-bit little-endian files only, which is all that Lambda loads. Like the loader it ignores sections.
https://refspecs.linuxfoundation.org/elf/gabi4+/contents.html
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

import msgspec

MAGIC: Final = b"\x7fELF\x02\x01"
PT_LOAD: Final = 1
_PT_DYNAMIC: Final = 2
_DT_NEEDED: Final = 1
_DT_STRTAB: Final = 5
_DT_VERNEED: Final = 0x6FFFFFFE
_DT_VERNEEDNUM: Final = 0x6FFFFFFF
_MACHINES: Final = {62: "x86_64", 183: "aarch64"}
PROGRAM_HEADER: Final = struct.Struct("<IIQQQQQQ")


class Segment(msgspec.Struct, frozen=True):
    """One program header, with its fields in file order; offsets and sizes in bytes."""

    type: int
    flags: int
    offset: int
    vaddr: int
    paddr: int
    filesz: int
    memsz: int
    align: int

    def maps(self, vaddr: int) -> bool:
        """Return whether the file provides the byte at this virtual address."""
        return self.type == PT_LOAD and self.vaddr <= vaddr < self.vaddr + self.filesz


class Dependencies(msgspec.Struct, frozen=True):
    """The requirements of a library: file names of other libraries, and versions of their symbols."""

    libraries: tuple[str, ...]
    symbol_versions: tuple[str, ...]


def is_elf(data: bytes) -> bool:
    """Return whether this module can read the file."""
    return data.startswith(MAGIC)


def machine(data: bytes) -> str:
    """Return which processor the file is for, in the words of wheels, or the number of an unknown one."""
    (number,) = struct.unpack_from("<H", data, 18)
    return _MACHINES.get(number, str(number))


def segments(data: bytes) -> list[Segment]:
    """Return the program headers; raise struct.error when the file is truncated."""
    (start,) = struct.unpack_from("<Q", data, 32)
    size, count = struct.unpack_from("<HH", data, 54)
    return [Segment(*PROGRAM_HEADER.unpack_from(data, start + index * size)) for index in range(count)]


def dependencies(data: bytes) -> Dependencies:
    """Return what a shared library needs; raise StopIteration or struct.error when it is not a shared library."""
    headers = segments(data)
    entries = list(_dynamic_entries(data, next(each for each in headers if each.type == _PT_DYNAMIC)))
    values = dict(entries)
    strings = _file_offset(headers, values[_DT_STRTAB])
    libraries = [_string(data, strings + value) for tag, value in entries if tag == _DT_NEEDED]
    versions: list[str] = []
    if _DT_VERNEED in values:
        start = _file_offset(headers, values[_DT_VERNEED])
        versions = [_string(data, strings + at) for at in _version_names(data, start, values[_DT_VERNEEDNUM])]
    return Dependencies(tuple(libraries), tuple(sorted(set(versions))))


def _dynamic_entries(data: bytes, dynamic: Segment) -> Iterator[tuple[int, int]]:
    for tag, value in struct.iter_unpack("<QQ", data[dynamic.offset : dynamic.offset + dynamic.filesz]):
        if tag == 0:
            return
        yield tag, value


def _version_names(data: bytes, at: int, count: int) -> Iterator[int]:
    """Yield the string offset of each version: Verneed entries are a linked list of linked lists."""
    for _ in range(count):
        _, entries, _, first, following = struct.unpack_from("<HHIII", data, at)
        entry = at + first
        for _ in range(entries):
            _, _, _, name, step = struct.unpack_from("<IHHII", data, entry)
            yield name
            entry += step
        at += following


def _file_offset(headers: list[Segment], vaddr: int) -> int:
    segment = next(each for each in headers if each.maps(vaddr))
    return segment.offset + vaddr - segment.vaddr


def _string(data: bytes, at: int) -> str:
    return data[at : data.index(b"\0", at)].decode()
