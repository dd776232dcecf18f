"""Shared libraries: what they need is read right, and slimming leaves what the loader maps."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from infra.package import lambda_runtime
from infra.package.elf import PT_LOAD, dependencies, is_elf, segments
from infra.package.prune import is_unused, unreachable_libraries
from infra.package.strip import strip_library
from tests.infra.libraries import library


def _memory(data: bytes) -> dict[int, bytes]:
    """Return what a loader would map, without the headers that may move."""
    loads = [part for part in segments(data) if part.type == PT_LOAD]
    memory = {part.vaddr: data[part.offset : part.offset + part.filesz] for part in loads}
    memory[0] = memory[0][0x200:]
    return memory


def test_needs_are_read() -> None:
    assert dependencies(library()).libraries == ("libother.so.1",)
    assert dependencies(library(version="GLIBC_2.2.5")).symbol_versions == ("GLIBC_2.2.5",)


def test_slim_maps_the_same_memory_from_a_smaller_file() -> None:
    thick = library()
    thin = strip_library(thick)
    assert len(thin) < len(thick) // 100
    assert b"debug" not in thin
    assert _memory(thin) == _memory(thick)
    assert dependencies(thin) == dependencies(thick)
    for part in segments(thin):
        assert part.type != PT_LOAD or part.offset % 4096 == part.vaddr % 4096
    assert strip_library(thin) == thin


def test_slim_leaves_alone_what_it_does_not_know() -> None:
    assert strip_library(b"GIF89a") == b"GIF89a"
    overlapping = bytearray(library())
    struct.pack_into("<Q", overlapping, 64 + 56 + 8, 0x1000)  # the second segment now begins inside the first
    assert strip_library(bytes(overlapping)) == bytes(overlapping)


@pytest.mark.parametrize(
    ("version", "lacks"),
    [
        ("GLIBC_2.34", False),
        ("GLIBC_2.35", True),
        ("GLIBC_2.4", False),
        ("GLIBC_2.2.5", False),
        ("GLIBCXX_3.4.29", False),
        ("GLIBCXX_3.4.30", True),
        ("LIBTIFF_4.6.1", False),
        ("GLIBC_PRIVATE", False),
    ],
)
def test_newest_versions_of_the_runtime(version: str, lacks: bool) -> None:
    assert lambda_runtime.lacks(version) is lacks


def test_wheel_tags_end_at_the_runtimes_glibc() -> None:
    tags = lambda_runtime.wheel_platforms()
    assert tags[0] == "manylinux_2_34_x86_64"
    assert {"manylinux_2_17_x86_64", "manylinux2014_x86_64"} <= set(tags)


def test_libraries_that_nothing_reaches_are_found(tmp_path: Path) -> None:
    (tmp_path / "some.libs").mkdir()
    (tmp_path / "module.so").write_bytes(library(needed="liba.so"))
    (tmp_path / "some.libs" / "liba.so").write_bytes(library(needed="libb.so"))
    (tmp_path / "some.libs" / "libb.so").write_bytes(library(needed="libc.so.6"))
    (tmp_path / "some.libs" / "font.so").write_bytes(library(needed="libb.so"))
    assert unreachable_libraries(tmp_path) == [tmp_path / "some.libs" / "font.so"]


def test_no_library_of_the_package_has_unmapped_bytes(unpacked_package: Path) -> None:
    libraries = [path for path in unpacked_package.rglob("*.so*") if is_elf(path.read_bytes())]
    assert len(libraries) > 10
    assert all(strip_library(path.read_bytes()) == path.read_bytes() for path in libraries)


@pytest.mark.parametrize("name", ["Avif", "Bmp", "Gif", "Jpeg", "Mpo", "Png", "Tiff", "WebP"])
def test_decoders_of_ours_stay(name: str) -> None:
    assert not is_unused(f"PIL/{name}ImagePlugin.py")


@pytest.mark.parametrize("name", ["PIL/EpsImagePlugin.py", "PIL/PdfImagePlugin.py", "PIL/_imagingft.x.so", "bin/flask"])
def test_what_never_runs_goes(name: str) -> None:
    assert is_unused(name)
