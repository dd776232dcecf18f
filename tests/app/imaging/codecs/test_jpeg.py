"""A JPEG is decoded as small as asked for, and one without an end only if it has all its pixels."""

from __future__ import annotations

from itertools import pairwise
from random import Random
from typing import Any

import pytest

from app import imaging
from app.imaging import plugins
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


@pytest.mark.parametrize("settings", [{}, {"progressive": True}, {"restart_marker_blocks": 1}])
@pytest.mark.parametrize("seed", range(12))
def test_the_decoder_may_get_the_file_in_any_pieces(settings: dict[str, Any], seed: int) -> None:
    """Also in pieces that end inside a segment or a block, of which it leaves what it could not finish."""
    random = Random(seed)
    size = (3, 40, 700, 9000)[seed % 4]
    image = drawing.noise(120, 90) if size == 3 else drawing.noise(240, 180)
    data = drawing.encoded(image, "JPEG", quality=98, **settings)
    edges = [0]
    while edges[-1] < len(data):
        edges.append(min(len(data), edges[-1] + random.randint(1, size)))
    pieces = [data[begin:end] for begin, end in pairwise(edges)]
    shown = jpeg.loaded(plugins.open_image(data, "jpeg"), pieces)
    assert shown.tobytes() == drawing.opened(data).tobytes()


def test_broken_pieces_and_missing_ones_are_errors() -> None:
    data = drawing.encoded(PHOTO, "JPEG")
    with pytest.raises(EOFError):
        jpeg.loaded(plugins.open_image(data, "jpeg"), [data[:2000], data[2000:4000]])
    begin = data.index(b"\xff\xc4")
    broken = data[:begin] + b"\xff\xc4\x00\x14\x33" + b"\xff" * 17 + data[begin:]
    with pytest.raises(OSError, match="broken data, error -"):
        jpeg.loaded(plugins.open_image(data, "jpeg"), [broken])


def test_a_segment_may_be_longer_than_what_is_joined() -> None:
    data = drawing.encoded(PHOTO, "JPEG", quality=80)
    begin = data.index(b"\xff\xdb")
    table = data[begin + 4 : begin + 4 + 65]
    data = data[:begin] + b"\xff\xdb" + (2 + 65 * 900).to_bytes(2, "big") + table * 900 + data[begin:]
    shown = jpeg.loaded(plugins.open_image(data, "jpeg"), [data[: begin + 30_000], data[begin + 30_000 :]])
    assert shown.tobytes() == drawing.opened(data).tobytes()
