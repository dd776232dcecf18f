"""A JPEG is decoded as small as asked for, and one without an end only if it has all its pixels."""

from __future__ import annotations

import pytest

from app import imaging
from app.imaging.codecs import jpeg
from tests.support import drawing
from tests.support.work import LIMITS

PHOTO = drawing.photo(320, 240)
PROGRESSIVE = drawing.encoded(PHOTO, "JPEG", progressive=True)


@pytest.mark.parametrize("shrink", [1, 2, 4, 8])
def test_the_picture_is_a_fraction_of_its_size(shrink: int) -> None:
    data = drawing.encoded(PHOTO, "JPEG")
    shown = jpeg.decode(data, imaging.probe(data, LIMITS), shrink)
    assert shown.size == (320 // shrink, 240 // shrink)


@pytest.mark.parametrize("settings", [{}, {"progressive": True}])
def test_a_pixel_that_is_missing_is_noticed_at_any_size(settings: dict[str, bool]) -> None:
    """Even where the last refinement is far too fine to be seen."""
    data = drawing.encoded(PHOTO, "JPEG", **settings)[:-2]
    header = imaging.probe(data, LIMITS)
    assert header.open_ended
    assert jpeg.decode(data, header, 8).size == (40, 30)
    for cut in (data[:-8], data[:-20]):
        with pytest.raises((EOFError, OSError), match=r"truncated|^$"):
            jpeg.decode(cut, header, 8)
