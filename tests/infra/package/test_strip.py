"""A stripped library loads the same memory from a smaller file."""

from __future__ import annotations

import struct
from pathlib import Path

from infra.package.elf import PROGRAM_HEADER, PT_LOAD, dependencies, is_elf, segments
from infra.package.strip import strip_library
from tests.support.shared_library import shared_library


def _memory(data: bytes) -> dict[int, bytes]:
    """Return what the loader would map, without the headers, which may move."""
    loaded = [each for each in segments(data) if each.type == PT_LOAD]
    memory = {each.vaddr: data[each.offset : each.offset + each.filesz] for each in loaded}
    memory[0] = memory[0][0x200:]
    return memory


def test_the_same_memory_is_mapped_from_a_smaller_file() -> None:
    original = shared_library()
    stripped = strip_library(original)
    assert len(stripped) < len(original) // 100
    assert b"debug" not in stripped
    assert _memory(stripped) == _memory(original)
    assert dependencies(stripped) == dependencies(original)
    for each in segments(stripped):
        assert each.type != PT_LOAD or each.offset % 4096 == each.vaddr % 4096
    assert strip_library(stripped) == stripped


def test_other_files_and_unusual_layouts_are_left_unchanged() -> None:
    assert strip_library(b"GIF89a") == b"GIF89a"
    overlapping = bytearray(shared_library())
    second_offset = 64 + PROGRAM_HEADER.size + 8
    struct.pack_into("<Q", overlapping, second_offset, 0x1000)  # inside the first segment
    assert strip_library(bytes(overlapping)) == bytes(overlapping)


def test_no_library_in_the_package_has_unmapped_bytes(unpacked_package: Path) -> None:
    libraries = [path for path in unpacked_package.rglob("*.so*") if is_elf(path.read_bytes())]
    assert len(libraries) > 10
    assert all(strip_library(path.read_bytes()) == path.read_bytes() for path in libraries)
