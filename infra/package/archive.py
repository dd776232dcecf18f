"""Writes a zip whose bytes depend on nothing but names and contents.

Python's zipfile compresses with the zlib of the machine, and zlib, zlib-ng and Apple's differ in what they
write. The compressor here is pinned with the other requirements, and its result 3 % smaller.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import deflate
import msgspec

DATE: Final = (1980, 1, 1, 0, 0, 0)
MODE: Final = 0o100644
SMALLEST: Final = 12

# Fields as in https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, sections 4.3.7, 4.3.12, 4.3.16
_LOCAL: Final = struct.Struct("<4sHHHHHLLLHH")
_CENTRAL: Final = struct.Struct("<4sHHHHHHLLLHHHHHLL")
_END: Final = struct.Struct("<4sHHHHLLH")
_MADE_ON_UNIX: Final = 0x0314
_VERSION: Final = 20
_UTF8: Final = 0x800
_DEFLATED: Final = 8
_MSDOS_DATE: Final = 1 << 5 | 1


class _Entry(msgspec.Struct, frozen=True):
    name: bytes
    checksum: int
    packed: bytes
    size: int

    @property
    def common(self) -> tuple[int, ...]:
        """Return the fields that both headers have, from the version needed to the length of the extra field."""
        made = (_VERSION, _UTF8, _DEFLATED, 0, _MSDOS_DATE)
        return (*made, self.checksum, len(self.packed), self.size, len(self.name), 0)


def read_tree(tree: Path) -> dict[str, bytes]:
    """Return every file below ``tree`` by its name, sorted."""
    paths = {path.relative_to(tree).as_posix(): path for path in tree.rglob("*") if path.is_file()}
    return {name: paths[name].read_bytes() for name in sorted(paths)}


def write(files: Mapping[str, bytes], output: Path, *, level: int = SMALLEST) -> None:
    """Write ``files`` to the zip at ``output``: sorted, one date, one mode, readable by all as Lambda needs.

    The archive appears whole or not at all; a lower ``level`` (1..12) takes less time and is larger.
    """
    body = bytearray()
    directory = bytearray()
    for name in sorted(files):
        entry = _entry(name, files[name], level)
        directory += _CENTRAL.pack(b"PK\1\2", _MADE_ON_UNIX, *entry.common, 0, 0, 0, MODE << 16, len(body)) + entry.name
        body += _LOCAL.pack(b"PK\3\4", *entry.common) + entry.name + entry.packed
    end = _END.pack(b"PK\5\6", 0, 0, len(files), len(files), len(directory), len(body), 0)
    output.parent.mkdir(parents=True, exist_ok=True)
    partial = output.with_name(output.name + ".part")
    partial.write_bytes(body + directory + end)
    partial.replace(output)


def _entry(name: str, data: bytes, level: int) -> _Entry:
    return _Entry(name.encode(), zlib.crc32(data), bytes(deflate.deflate_compress(data, level)), len(data))


def contents_digest(files: Mapping[str, bytes]) -> str:
    """Return one SHA-256, in hex, over names and contents: what to compare when two packages differ."""
    digest = hashlib.sha256()
    for name in sorted(files):
        digest.update(f"{name}\0{hashlib.sha256(files[name]).hexdigest()}\n".encode())
    return digest.hexdigest()
