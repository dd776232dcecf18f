"""Chunks are read to the last one, which is made up where it is missing, and no more of them than any file has."""

from __future__ import annotations

import pytest

from app import imaging
from app.core.errors import UndecodableImage
from app.imaging.headers import MOST_PARTS
from app.imaging.headers.png_chunks import chunks
from tests.app.imaging.headers.test_png import END, IDAT, IHDR, broken, whole
from tests.support.drawing import chunk
from tests.support.work import LIMITS


def test_more_chunks_than_any_file_has_are_not_read() -> None:
    most = MOST_PARTS - 3
    assert imaging.probe(whole(IHDR, chunk(b"tEXt", b"") * most, IDAT, END), LIMITS).width == 2
    with pytest.raises(UndecodableImage):
        imaging.probe(whole(IHDR, chunk(b"tEXt", b"") * (most + 1), IDAT, END), LIMITS)


@pytest.mark.parametrize("end", [END, b"", END[:5], b"no chunk at all"])
def test_a_last_chunk_is_always_there(end: bytes) -> None:
    data = whole(IHDR, IDAT) + end
    *_, last = chunks(data)
    assert last.name == b"IEND"
    assert (last.end <= len(data)) == (end == END)


def test_pixels_that_are_cut_are_read_as_far_as_there_are_any() -> None:
    data = whole(IHDR, IDAT[:15])
    _, pixels, _ = chunks(data)
    assert (pixels.name, bytes(pixels.payload(data))) == (b"IDAT", IDAT[8:15])


def test_a_frame_of_an_animation_that_is_cut_is_an_error() -> None:
    with pytest.raises(EOFError):
        list(chunks(whole(IHDR, IDAT, chunk(b"fdAT", bytes(20))[:-5])))


def test_a_checksum_tells_what_is_whole() -> None:
    for data, expected in ((whole(IHDR, IDAT), True), (whole(IHDR, broken(b"IDAT", b"x")), False)):
        _, pixels, _ = chunks(data)
        assert pixels.whole(data) == expected
