"""Builds ELF shared libraries that are small enough to understand."""

from __future__ import annotations

import struct

import msgspec

from infra.package.elf import PROGRAM_HEADER, PT_LOAD, Segment

_PT_DYNAMIC = 2
_STRINGS, _DATA, _DYNAMIC = 0x1000, 0x402000, 0x402100
_VERNEED = _STRINGS + 0x100


def shared_library(
    *, needed: str = "libother.so.1", version: str = "GLIBC_2.38", gap: int = 0x200000, machine: int = 62
) -> bytes:
    """Return a library for x86_64 or another machine, which needs one library and one symbol version.

    It has two loaded segments with ``gap`` unmapped bytes between them, and more unmapped bytes after them.
    """
    strings = b"\0" + needed.encode() + b"\0" + version.encode() + b"\0"
    dynamic = struct.pack("<8Q", 1, 1, 5, _STRINGS, 0x6FFFFFFE, _VERNEED, 0x6FFFFFFF, 1) + bytes(16)
    verneed = struct.pack("<HHIII", 1, 1, 1, 16, 0) + struct.pack("<IHHII", 0, 0, 2, 2 + len(needed), 0)
    headers = (
        Segment(PT_LOAD, 5, 0, 0, 0, 0x1200, 0x1200, 0x200000),
        Segment(PT_LOAD, 6, gap + 0x2000, _DATA, _DATA, 0x200, 0x300, 0x200000),
        Segment(_PT_DYNAMIC, 6, gap + 0x2100, _DYNAMIC, _DYNAMIC, len(dynamic), len(dynamic), 8),
    )
    out = bytearray(gap + 0x5000)
    out[:6] = b"\x7fELF\x02\x01"
    struct.pack_into("<H", out, 18, machine)
    struct.pack_into("<QQ", out, 32, 64, gap + 0x4000)
    struct.pack_into("<HHHHH", out, 54, 56, len(headers), 64, 3, 2)
    for index, header in enumerate(headers):
        PROGRAM_HEADER.pack_into(out, 64 + 56 * index, *msgspec.structs.astuple(header))
    for at, data in ((_STRINGS, strings), (_VERNEED, verneed), (gap + 0x2100, dynamic), (gap + 0x3000, b"debug")):
        out[at : at + len(data)] = data
    return bytes(out)
