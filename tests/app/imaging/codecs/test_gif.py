"""GIFs that other programs wrote are composed as Chromium shows them: tests/live/test_animations.py asks it."""

from __future__ import annotations

import struct
import tracemalloc
from contextlib import suppress

import pytest

from app import imaging
from app.core.errors import UndecodableImage
from app.imaging.codecs import decode
from tests.support import drawing, gif_blocks
from tests.support.gif_blocks import BLUE, GREEN, RED, WHITE, image
from tests.support.work import LIMITS, rendered

FULL, MIDDLE, CORNER = (0, 0, 16, 16), (4, 4, 8, 8), (0, 0, 2, 2)
CLEAR = (0, 0, 0, 0)


def shown(data: bytes, at: tuple[int, int]) -> list[tuple[int, ...]]:
    """Return one pixel of every frame."""
    header = imaging.probe(data, LIMITS)
    frames = decode.frames(data, header, count=header.frames)
    return [drawing.channels(frame.image.convert("RGBA"), at) for frame in frames]


@pytest.mark.parametrize("transparent", [None, 3])
def test_what_no_frame_covers_is_clear(transparent: int | None) -> None:
    still = gif_blocks.file(image(MIDDLE, 1, transparent=transparent))
    assert shown(still, (0, 0)) == [CLEAR]
    assert shown(still, (5, 5)) == [GREEN]
    moving = gif_blocks.file(image(MIDDLE, 1, transparent=transparent), image(CORNER, 2))
    assert shown(moving, (14, 14)) == [CLEAR, CLEAR]


@pytest.mark.parametrize(
    ("disposal", "left"), [(0, BLUE), (1, BLUE), (2, CLEAR), (3, GREEN), (4, GREEN), (5, BLUE), (7, BLUE)]
)
def test_disposal_of_a_later_frame(disposal: int, left: tuple[int, ...]) -> None:
    data = gif_blocks.file(image(FULL, 1), image(MIDDLE, 2, disposal), image(CORNER, 3))
    assert shown(data, (5, 5)) == [GREEN, BLUE, left]
    assert shown(data, (0, 0)) == [GREEN, GREEN, WHITE]


@pytest.mark.parametrize("disposal", [2, 3, 4])
def test_disposal_of_the_first_frame(disposal: int) -> None:
    assert shown(gif_blocks.file(image(FULL, 1, disposal), image(CORNER, 3)), (5, 5)) == [GREEN, CLEAR]


def test_a_disposal_counts_for_its_own_frame_only() -> None:
    data = gif_blocks.file(image(FULL, 1), image((4, 4, 4, 4), 2, 2), image((8, 8, 4, 4), 2), image(CORNER, 3))
    assert shown(data, (9, 9)) == [GREEN, GREEN, BLUE, BLUE]


def test_a_later_frame_is_cut_off_where_it_overhangs() -> None:
    made = rendered(gif_blocks.file(image(FULL, 1), image((12, 12, 9, 9), 0)), format="png")
    assert (made.width, made.height) == (16, 16)
    assert drawing.channels(drawing.frames(made.body)[1], (13, 13)) == RED


@pytest.mark.parametrize("end", [b"", b"\x00\x00\x3b", b"\r\n", b"\xff", b"\x21\xfe\x09half"])
def test_a_file_that_lacks_only_its_trailer_is_shown(end: bytes) -> None:
    assert shown(gif_blocks.file(image(FULL, 1), image(CORNER, 2), end=end), (0, 0)) == [GREEN, BLUE]


def test_clear_pixels_become_the_background_of_formats_without_alpha() -> None:
    made = rendered(gif_blocks.file(image(MIDDLE, 1)), format="jpeg", background="white")
    assert min(drawing.channels(drawing.opened(made.body), (1, 1))) > 240


def test_pixels_of_an_image_are_not_copied() -> None:
    """An image of 30 MB, most of it codes that make no pixel, took three times that."""
    cleared = b"\x2c" + struct.pack("<4HB", 0, 0, 16, 16, 0) + b"\x02" + (b"\xff" + b"\x24" * 255) * 8000 + b"\0"
    data = gif_blocks.file(cleared)
    header = imaging.probe(data, LIMITS)
    tracemalloc.start()
    with suppress(UndecodableImage):
        next(decode.frames(data, header))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < len(data) / 2
