"""Directories are read as far as any file needs, in both byte orders, and as BigTIFF."""

from __future__ import annotations

import struct

import pytest

from app import imaging
from app.imaging.headers import ifd
from tests.support import drawing
from tests.support.work import LIMITS, rendered


def classic(count: int, size: int, *, order: str = "<", tag: int = 1000, next: int = 0) -> bytes:
    """Return a TIFF of entries that all refer to the same bytes."""
    entries = b"".join(struct.pack(order + "HHII", tag + index, 7, size, 100) for index in range(count))
    magic = b"II*\0" if order == "<" else b"MM\0*"
    return magic + struct.pack(order + "IH", 8, count) + entries + struct.pack(order + "I", next)


def big(count: int, size: int) -> bytes:
    entries = b"".join(struct.pack("<HHQQ", 1000 + index, 7, size, 100) for index in range(count))
    return b"II+\0\x08\0\0\0" + struct.pack("<QQ", 16, count) + entries + bytes(8)


@pytest.mark.parametrize("block", [classic(3, 50), classic(3, 50, order=">"), big(3, 50)])
def test_entries_are_read_in_every_form(block: bytes) -> None:
    found = ifd.first(block)
    assert [(entry.tag, entry.kind, entry.size) for entry in found.entries] == [
        (1000 + index, 7, 50) for index in range(3)
    ]


def test_a_directory_that_is_cut_has_the_entries_that_are_there() -> None:
    assert len(ifd.first(classic(3, 50)[:-20]).entries) == 1


@pytest.mark.parametrize(
    "block", [b"", b"XX*\0", drawing.author("A. Nother")[6:], classic(100, 50), classic(2, 4).ljust(90_000)]
)
def test_what_is_honest_or_no_tiff_passes(block: bytes) -> None:
    ifd.check(block)


@pytest.mark.parametrize(
    "block",
    [
        classic(100, 60_000).ljust(64_000),
        classic(100, 60_000, order=">").ljust(64_000),
        big(100, 60_000).ljust(64_000),
        classic(ifd.MOST_ENTRIES + 1, 1),
        big(ifd.MOST_ENTRIES + 1, 1),
        classic(1, 1, next=26) + classic(100, 60_000)[8:].ljust(64_000),
    ],
    ids=["shared", "shared, other order", "shared, BigTIFF", "too many", "too many, BigTIFF", "in the next directory"],
)
@pytest.mark.parametrize("prefixes", [0, 1, 2])
def test_what_would_be_copied_again_and_again_is_refused(block: bytes, prefixes: int) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        ifd.check(prefixes * ifd.PREFIX + block)


def test_directories_that_refer_to_one_another_end() -> None:
    pointing = struct.pack("<HHII", 0x8769, 4, 1, 8)
    ifd.check(b"II*\0" + struct.pack("<IH", 8, 1) + pointing + struct.pack("<I", 8))


@pytest.mark.filterwarnings("ignore")  # Pillow warns about broken EXIF, too
def test_broken_exif_does_not_fail_an_image() -> None:
    for block in (b"Exif\0\0", b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0garbage", drawing.exif(9), drawing.exif(0)):
        data = drawing.encoded(drawing.photo(96, 64), "JPEG", exif=block)
        assert imaging.probe(data, LIMITS).orientation == 1
        assert rendered(data, width=10).width == 10


def test_a_block_that_pillow_reads_as_another_kind_is_refused() -> None:
    """Of BigTIFF's marks it looks at one byte, which is the other one of a number that begins with its larger part."""
    with pytest.raises(ValueError, match="this byte order is not supported"):
        ifd.check(b"MM\0+\0\x08\0\0" + struct.pack(">QQ", 16, 0) + bytes(8))
