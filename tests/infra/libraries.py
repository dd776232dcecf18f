"""Draws shared libraries that are small enough to read."""

from __future__ import annotations

import struct

import msgspec

from infra.package.elf import PROGRAM_HEADER, PT_LOAD, Segment

_CODE, _DATA, _DYNAMIC = 0x1000, 0x402000, 0x402100


def library(*, needed: str = "libother.so.1", version: str = "GLIBC_2.38", gap: int = 0x200000) -> bytes:
    """Draw a small shared library: two segments with a hole of ``gap`` bytes, then bytes that nothing maps."""
    names = b"\0" + needed.encode() + b"\0" + version.encode() + b"\0"
    dynamic = struct.pack("<8Q", 1, 1, 5, _CODE, 0x6FFFFFFE, _CODE + 0x100, 0x6FFFFFFF, 1) + bytes(16)
    verneed = struct.pack("<HHIII", 1, 1, 1, 16, 0) + struct.pack("<IHHII", 0, 0, 2, 2 + len(needed), 0)
    parts = (
        Segment(PT_LOAD, 5, 0, 0, 0, 0x1200, 0x1200, 0x200000),
        Segment(PT_LOAD, 6, gap + 0x2000, _DATA, _DATA, 0x200, 0x300, 0x200000),
        Segment(2, 6, gap + 0x2100, _DYNAMIC, _DYNAMIC, len(dynamic), len(dynamic), 8),
    )
    out = bytearray(gap + 0x5000)
    out[:6] = b"\x7fELF\x02\x01"
    struct.pack_into("<QQ", out, 32, 64, gap + 0x4000)
    struct.pack_into("<HHHHH", out, 54, 56, len(parts), 64, 3, 2)
    for index, part in enumerate(parts):
        PROGRAM_HEADER.pack_into(out, 64 + 56 * index, *msgspec.structs.astuple(part))
    for at, data in ((_CODE, names), (_CODE + 0x100, verneed), (gap + 0x2100, dynamic), (gap + 0x3000, b"debug")):
        out[at : at + len(data)] = data
    return bytes(out)
