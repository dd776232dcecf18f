"""Strips a shared library of the bytes that the loader never maps: symbols, debug information, padding.

Pillow's wheels contain 5 MB of them. The ``strip`` command would do the same, but then the package's bytes would
depend on its version, and on its being installed.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import Final

import msgspec

from infra.package.elf import PROGRAM_HEADER, PT_LOAD, Segment, is_elf, segments

_PAGE: Final = 4096


def strip_library(data: bytes) -> bytes:
    """Return a smaller library that loads the same memory; return ``data`` unchanged when it is not a library.

    Segments move together in the file, but keep their addresses, so code and relocations stay valid. A layout that
    cannot be proved safe to move is returned unchanged too.
    """
    if not is_elf(data):
        return data
    headers = segments(data)
    loaded = sorted((each for each in headers if each.type == PT_LOAD), key=lambda each: each.offset)
    (table,) = struct.unpack_from("<Q", data, 32)
    with_table = next((each for each in loaded if each.offset <= table < each.offset + each.filesz), None)
    if with_table is None or not _is_movable(headers, loaded):
        return data
    offsets = _new_offsets(loaded)
    out = bytearray(max(offsets[each] + each.filesz for each in loaded))
    for each in loaded:
        out[offsets[each] : offsets[each] + each.filesz] = data[each.offset : each.offset + each.filesz]
    _write_headers(out, headers, offsets, table=offsets[with_table] + table - with_table.offset)
    return bytes(out)


def _is_movable(headers: list[Segment], loaded: list[Segment]) -> bool:
    """Return whether loaded segments do not overlap and every other header points into one of them."""
    ends = [0, *(each.offset + each.filesz for each in loaded)]
    in_order = loaded[0].offset == 0 and all(each.offset >= end for each, end in zip(loaded, ends, strict=False))
    inside = all(_enclosing(each, loaded) for each in headers if each.filesz)
    return in_order and inside and len(set(loaded)) == len(loaded)


def _enclosing(header: Segment, loaded: Iterable[Segment]) -> Segment | None:
    return next((each for each in loaded if each.maps(header.vaddr)), None)


def _new_offsets(loaded: list[Segment]) -> dict[Segment, int]:
    """Return each segment's new file offset: the lowest that equals its address modulo the page size, as mmap needs."""
    offsets: dict[Segment, int] = {}
    end = 0
    for each in loaded:
        offsets[each] = end + (each.vaddr - end) % _PAGE
        end = offsets[each] + each.filesz
    return offsets


def _write_headers(out: bytearray, headers: list[Segment], offsets: dict[Segment, int], *, table: int) -> None:
    struct.pack_into("<QQ", out, 32, table, 0)  # e_phoff, and no e_shoff: the section headers are gone
    struct.pack_into("<HHH", out, 58, 0, 0, 0)
    for index, header in enumerate(headers):
        PROGRAM_HEADER.pack_into(out, table + index * PROGRAM_HEADER.size, *_moved(header, offsets))


def _moved(header: Segment, offsets: dict[Segment, int]) -> tuple[int, ...]:
    enclosing = _enclosing(header, offsets) if header.filesz else None
    offset = offsets[enclosing] + header.vaddr - enclosing.vaddr if enclosing else 0
    align = _PAGE if header.type == PT_LOAD else header.align
    return msgspec.structs.astuple(msgspec.structs.replace(header, offset=offset, align=align))
