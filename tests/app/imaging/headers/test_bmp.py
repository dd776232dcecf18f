"""Which BMP has alpha, and which bits of a pixel are which color: as in Chromium."""

from __future__ import annotations

import pytest

from app import imaging
from app.core.errors import UndecodableImage
from app.imaging.headers import bmp
from tests.support import drawing, profiles
from tests.support.bmp import MASKS, MASKS_WITH_ALPHA, PLAIN, USUAL, written
from tests.support.work import LIMITS

OPAQUE = (*USUAL[:3], 0)


@pytest.mark.parametrize(
    ("header", "compression", "masks", "alpha"),
    [
        (40, PLAIN, (), False),
        (52, PLAIN, USUAL[:3], False),
        (56, PLAIN, USUAL, False),
        (108, PLAIN, USUAL, True),
        (124, PLAIN, USUAL, True),
        (108, PLAIN, OPAQUE, False),
        (124, PLAIN, (0, 0, 0, 0), False),
        (40, MASKS, USUAL[:3], False),
        (52, MASKS, USUAL[:3], False),
        (56, MASKS, USUAL, True),
        (124, MASKS, USUAL, True),
        (124, MASKS, OPAQUE, False),
        (40, MASKS_WITH_ALPHA, USUAL, True),
    ],
)
def test_alpha(header: int, compression: int, masks: tuple[int, ...], alpha: bool) -> None:
    found = bmp.scan(written([0x80C86432], header=header, compression=compression, masks=masks))
    assert (found.alpha, found.mode) == (alpha, "RGBA" if alpha else "RGB")


def test_sizes_are_those_of_the_header() -> None:
    header = bmp.scan(written([1, 2, 3], bits=16, compression=MASKS, masks=(0xF00, 0xF0, 0xF), rows=-5))
    assert (header.width, header.height, header.masks) == (3, 5, (0xF00, 0xF0, 0xF, 0))


def test_an_embedded_profile_is_found() -> None:
    data = written([0xFFC86432], header=124, masks=USUAL, profile=profiles.rgb())
    assert bmp.scan(data).profile == profiles.rgb()
    assert bmp.scan(data[:-1]).profile == profiles.rgb()[:-1]
    assert bmp.scan(data.replace(b"acsp", b"ACSP")).profile == b""


def test_everything_else_is_left_to_the_decoder() -> None:
    header = bmp.scan(drawing.encoded(drawing.photo(32, 16).quantize(9), "BMP"))
    assert (header.mode, header.width, header.height, header.masks) == ("P", 32, 16, ())


@pytest.mark.parametrize("data", [b"BM", written([1])[:40], written([1], header=124, masks=USUAL)[:60]])
def test_cut_headers_are_refused(data: bytes) -> None:
    with pytest.raises(UndecodableImage):
        imaging.probe(data, LIMITS)
