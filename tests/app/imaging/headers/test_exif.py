"""Broken EXIF never fails an image."""

from __future__ import annotations

import pytest

from app import imaging
from tests.support import drawing
from tests.support.work import LIMITS, rendered


@pytest.mark.filterwarnings("ignore")  # Pillow warns about broken EXIF, too
def test_broken_exif_does_not_fail_an_image() -> None:
    for block in (b"Exif\0\0", b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0garbage", drawing.exif(9), drawing.exif(0)):
        data = drawing.encoded(drawing.photo(96, 64), "JPEG", exif=block)
        assert imaging.probe(data, LIMITS).orientation == 1
        assert rendered(data, width=10).width == 10
