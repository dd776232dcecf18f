"""Whole files of every format that is written here are told from cut ones."""

from __future__ import annotations

from typing import Any

import pytest

from app import imaging
from app.core import formats
from tests.support import drawing
from tests.support.work import rendered

PHOTO = drawing.encoded(drawing.photo(120, 80), "JPEG", exif=drawing.author("Ada"))
# its directory comes last, and has no value beside it
POSITION = drawing.encoded(drawing.photo(120, 80), "JPEG", exif=drawing.position())
MOVING = drawing.animation("GIF", drawing.moving(), duration=50)
RESULTS: list[tuple[bytes, dict[str, Any]]] = [
    *((PHOTO, {"format": name}) for name in formats.WRITABLE),
    *((MOVING, {"format": name}) for name in ("gif", "webp", "png", "avif")),
    (PHOTO, {"format": "webp", "lossless": True}),
    *((PHOTO, {"format": "tiff", "metadata": each}) for each in ("all", "copyright")),
    (POSITION, {"format": "tiff", "metadata": "all"}),
    (PHOTO, {"format": "tiff", "width": 3}),
    (PHOTO, {"format": "webp", "metadata": "all"}),
    (PHOTO, {"format": "gif", "width": 1}),
]


@pytest.mark.parametrize(("source", "query"), RESULTS, ids=range(len(RESULTS)))
def test_a_result_is_whole_and_a_part_of_it_is_not(source: bytes, query: dict[str, Any]) -> None:
    body = rendered(source, **query).body
    assert imaging.is_complete(body)
    for kept in (0, 1, 13, len(body) // 2, len(body) - 20, len(body) - 3, len(body) - 1):
        assert not imaging.is_complete(body[:kept]), kept


def test_what_is_no_image_is_not_whole() -> None:
    assert not imaging.is_complete(bytes(5000))
    assert not imaging.is_complete(b"<html>")
