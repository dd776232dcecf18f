"""Writes a reproducible zip: its bytes depend only on the names and contents of its files.

``zipfile`` compresses with the machine's zlib, and zlib, zlib-ng and Apple's zlib write different bytes. The
compressor used here is pinned with the other requirements, and its output is 3 % smaller.
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
# of 1 to 12: level 12 takes twice the time and saves a thousandth of the size
LEVEL: Final = 10

# Fields as in https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, sections 4.3.7, 4.3.12, 4.3.16
_LOCAL: Final = struct.Struct("<4sHHHHHLLLHH")
_CENTRAL: Final = struct.Struct("<4sHHHHHHLLLHHHHHLL")
_END: Final = struct.Struct("<4sHHHHLLH")
_MADE_BY_UNIX: Final = 0x0314
_VERSION: Final = 20
_UTF8: Final = 0x800
_DEFLATED: Final = 8
_MSDOS_DATE: Final = 1 << 5 | 1


class _Entry(msgspec.Struct, frozen=True):
    name: bytes
    crc32: int
    compressed: bytes
    size: int

    @property
    def common_fields(self) -> tuple[int, ...]:
        """Return the fields both headers share, from "version needed" to "extra field length"."""
        constant = (_VERSION, _UTF8, _DEFLATED, 0, _MSDOS_DATE)
        return (*constant, self.crc32, len(self.compressed), self.size, len(self.name), 0)


def read_tree(tree: Path) -> dict[str, bytes]:
    """Return the contents of every file below ``tree`` by relative name, sorted."""
    paths = {path.relative_to(tree).as_posix(): path for path in tree.rglob("*") if path.is_file()}
    return {name: paths[name].read_bytes() for name in sorted(paths)}


def write(files: Mapping[str, bytes], output: Path, *, level: int = LEVEL) -> None:
    """Write ``files`` to the zip at ``output``: sorted, with one date and one mode, world-readable as Lambda needs.

    The archive is replaced atomically. A lower ``level`` (1..12) is faster and gives a larger file.
    """
    body = bytearray()
    central_directory = bytearray()
    for name in sorted(files):
        data = files[name]
        compressed = bytes(deflate.deflate_compress(data, level))
        entry = _Entry(name.encode(), zlib.crc32(data), compressed, len(data))
        fields = entry.common_fields
        central_directory += (
            _CENTRAL.pack(b"PK\1\2", _MADE_BY_UNIX, *fields, 0, 0, 0, MODE << 16, len(body)) + entry.name
        )
        body += _LOCAL.pack(b"PK\3\4", *fields) + entry.name + entry.compressed
    end = _END.pack(b"PK\5\6", 0, 0, len(files), len(files), len(central_directory), len(body), 0)
    output.parent.mkdir(parents=True, exist_ok=True)
    partial = output.with_name(output.name + ".part")
    partial.write_bytes(body + central_directory + end)
    partial.replace(output)


def contents_digest(files: Mapping[str, bytes]) -> str:
    """Return one SHA-256, in hex, over all names and contents, independent of how the zip is compressed."""
    digest = hashlib.sha256()
    for name in sorted(files):
        digest.update(f"{name}\0{hashlib.sha256(files[name]).hexdigest()}\n".encode())
    return digest.hexdigest()
