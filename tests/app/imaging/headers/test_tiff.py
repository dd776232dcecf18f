"""What the header of a TIFF says of how it is unpacked and turned."""

from __future__ import annotations

from typing import Any

import pytest

from app.imaging.headers import tiff
from tests.support import drawing

ALL = 1 << 30


@pytest.mark.parametrize(
    ("settings", "block", "unpacked"),
    [
        ({}, 0, 0),
        ({"compression": "tiff_lzw", "strip_size": ALL}, 96 * 64 * 3, 96 * 64 * 3),
        ({"compression": "tiff_lzw", "strip_size": 96 * 3 * 16}, 96 * 16 * 3, 96 * 64 * 3),
    ],
)
def test_the_largest_strip_and_all_strips_are_measured(settings: dict[str, Any], block: int, unpacked: int) -> None:
    header = tiff.scan(drawing.encoded(drawing.noise(96, 64), "TIFF", **settings))
    assert (header.block, header.unpacked) == (block, unpacked)


def test_a_tile_larger_than_the_picture_is_measured_whole() -> None:
    tags = {256: 64, 257: 64, 258: (8, 8, 8), 259: 8, 277: 3, 322: 8192, 323: 8192}
    assert tiff.unpacked(tags) == (3 * 8192**2, 3 * 8192**2)


def test_tiles_of_a_thin_picture_are_all_unpacked() -> None:
    tags = {256: 8192, 257: 1, 258: (8, 8, 8), 259: 8, 277: 3, 322: 16, 323: 4096}
    assert tiff.unpacked(tags) == (16 * 4096 * 3, 512 * 16 * 4096 * 3)


@pytest.mark.parametrize(
    ("tags", "block"),
    [
        ({258: (16, 16, 16, 16), 277: 4}, 64 * 32 * 8),
        ({258: (16,), 277: 3}, 64 * 32 * 6),
        ({258: (8, 8, 8), 277: 3, 284: 2}, 64 * 32),
        ({258: (8, 8, 8), 277: 3, 262: 6}, 64 * 32 * 7),
        ({258: (1,)}, 64 * 32 // 8),
    ],
)
def test_samples_of_any_kind_are_measured(tags: dict[int, Any], block: int) -> None:
    """Of 16 bits, of one stated depth for all, of planes apart, of brightness and differences, of single bits."""
    assert tiff.unpacked({256: 64, 257: 32, 259: 5, **tags})[0] == block


@pytest.mark.parametrize(("orientation", "turned"), [(1, False), (3, True), (6, True), (9, False)])
def test_what_the_decoder_turns_is_known(orientation: int, turned: bool) -> None:
    header = tiff.scan(drawing.encoded(drawing.noise(96, 64), "TIFF", tiffinfo={274: orientation}))
    assert (header.turned, header.orientation) == (turned, 1)
