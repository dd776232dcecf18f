"""Headers that the decoder reads, after the directory of a TIFF was measured."""

from __future__ import annotations

import pytest
from PIL import Image

from app import imaging
from app.core.errors import UndecodableImage
from app.imaging.headers import other
from tests.app.imaging.headers.test_ifd import big, classic
from tests.support import drawing, profiles
from tests.support.work import LIMITS


def test_samples_of_32_bits_are_refused() -> None:
    data = drawing.encoded(Image.new("F", (8, 8)), "TIFF")
    with pytest.raises(UndecodableImage, match="32 bits"):
        imaging.probe(data, LIMITS)


@pytest.mark.parametrize("data", [classic(100, 60_000).ljust(64_000), big(9000, 1)])
def test_a_directory_that_would_fill_the_memory_is_refused(data: bytes) -> None:
    with pytest.raises(UndecodableImage):
        imaging.probe(data, LIMITS)


@pytest.mark.parametrize("settings", [{}, {"big_tiff": True}, {"compression": "tiff_lzw"}])
def test_an_honest_one_is_read(settings: dict[str, object]) -> None:
    data = drawing.encoded(drawing.photo(96, 64), "TIFF", icc_profile=profiles.rgb(), **settings)
    header = other.scan(data)
    assert (header.width, header.height, header.profile) == (96, 64, profiles.rgb())


def test_sixteen_bits_are_stated() -> None:
    header = other.scan(drawing.encoded(Image.new("I;16", (8, 8)), "TIFF"))
    assert (header.depth, header.samples_per_pixel) == (16, 1.0)
