"""Rewrites a shared library without the bytes that no loader maps: symbols, debug information, padding.

Pillow's wheels carry 5 MB of them. ``strip`` would do the same, but the package's bytes would then
hang on its version, or on its being there at all.
"""

from __future__ import annotations

import struct
from typing import Final

from infra.package.elf import LOAD, SEGMENT, Segment, is_elf, segments

_PAGE: Final = 4096


def slim(data: bytes) -> bytes:
    """Return a library that loads the same memory, with segments moved together; other bytes come back as they were.

    Addresses stay, so code and relocations stay. A layout that this cannot prove harmless is left alone.
    """
    if not is_elf(data):
        return data
    parts = segments(data)
    loads = sorted((part for part in parts if part.kind == LOAD), key=lambda part: part.offset)
    (table,) = struct.unpack_from("<Q", data, 32)
    home = next((part for part in loads if part.offset <= table < part.offset + part.filesz), None)
    if home is None or not _plain(parts, loads):
        return data
    places = _places(loads)
    out = bytearray(max(places[part] + part.filesz for part in loads))
    for part in loads:
        out[places[part] : places[part] + part.filesz] = data[part.offset : part.offset + part.filesz]
    _write_headers(out, parts, places, table=places[home] + table - home.offset)
    return bytes(out)


def _plain(parts: list[Segment], loads: list[Segment]) -> bool:
    """Say whether segments follow one another and every other header points into one of them."""
    ends = [0, *(part.offset + part.filesz for part in loads)]
    in_order = loads[0].offset == 0 and all(part.offset >= end for part, end in zip(loads, ends, strict=False))
    inside = all(_home(part, loads) for part in parts if part.filesz)
    return in_order and inside and len(set(loads)) == len(loads)


def _home(part: Segment, loads: list[Segment]) -> Segment | None:
    return next((load for load in loads if load.holds(part.vaddr)), None)


def _places(loads: list[Segment]) -> dict[Segment, int]:
    """Return the new offset of each segment: the lowest with the same place in its page, as mmap needs."""
    places: dict[Segment, int] = {}
    end = 0
    for part in loads:
        places[part] = end + (part.vaddr - end) % _PAGE
        end = places[part] + part.filesz
    return places


def _write_headers(out: bytearray, parts: list[Segment], places: dict[Segment, int], *, table: int) -> None:
    struct.pack_into("<QQ", out, 32, table, 0)  # program headers here, section headers nowhere
    struct.pack_into("<HHH", out, 58, 0, 0, 0)
    for index, part in enumerate(parts):
        SEGMENT.pack_into(out, table + index * SEGMENT.size, *_moved(part, places))


def _moved(part: Segment, places: dict[Segment, int]) -> tuple[int, ...]:
    home = _home(part, list(places)) if part.filesz else None
    offset = places[home] + part.vaddr - home.vaddr if home else 0
    align = _PAGE if part.kind == LOAD else part.align
    return part.kind, part.flags, offset, part.vaddr, part.paddr, part.filesz, part.memsz, align
