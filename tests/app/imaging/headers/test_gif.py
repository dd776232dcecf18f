"""The blocks of a GIF: canvas, frames, loop count, durations, transparency."""

from __future__ import annotations

import struct

import pytest

from app import imaging
from app.core.config import Limits
from app.core.errors import TooManyFrames, TooManyPixels, UndecodableImage
from app.imaging.headers import gif
from tests.support import drawing, gif_blocks
from tests.support.work import LIMITS, picture

STILL = drawing.encoded(drawing.photo(96, 64), "GIF")
MOVING = drawing.animation("GIF", drawing.moving(), duration=[100, 250, 40, 610], loop=2)


CLEARS = b"\x21\xf9\x04\x08\x00\x00\x00\x00"


def frame(left: int, top: int, width: int, height: int) -> bytes:
    """Return an image block with no table and no pixels, which a header scan never reads."""
    return b"\x2c" + struct.pack("<4HB", left, top, width, height, 0) + b"\x02\x00"


def written(*blocks: bytes, size: tuple[int, int] = (20, 10)) -> bytes:
    return b"GIF89a" + struct.pack("<HHBBB", *size, 0, 0, 0) + b"".join(blocks) + b"\x3b"


def test_a_still_has_one_frame_and_no_duration() -> None:
    header = gif.scan(STILL)
    assert (header.width, header.height, header.frames, header.duration) == (96, 64, 1, 0.0)
    assert not header.alpha


def test_thousands_of_frames_are_refused_before_all_are_described() -> None:
    image = frame(0, 0, 20, 10)
    assert gif.scan(written(*[image] * 5000)).frames == 5000
    with pytest.raises(TooManyFrames, match="more than 5000 frames"):
        gif.scan(written(*[image] * 5001))


def test_an_animation_has_durations_and_plays_once_more_than_it_repeats() -> None:
    header = gif.scan(MOVING)
    assert (header.frames, header.duration, header.plays) == (4, 1000.0, 3)


@pytest.mark.parametrize(("repeats", "plays"), [(0, 0), (1, 2), (65535, 65536)])
def test_a_loop_block_counts_the_repeats_after_the_first_play(repeats: int, plays: int) -> None:
    block = b"\x21\xff\x0bNETSCAPE2.0\x03\x01" + struct.pack("<H", repeats) + b"\x00"
    assert gif.scan(written(block, frame(0, 0, 20, 10))).plays == plays
    assert gif.scan(written(frame(0, 0, 20, 10), block)).plays == 1, "decoders read it before the first frame only"


def test_the_canvas_grows_with_a_first_image_that_overhangs_it() -> None:
    header = gif.scan(written(frame(15, 5, 10, 30), frame(0, 0, 90, 90)))
    assert (header.width, header.height) == (25, 35)


def test_an_image_that_is_larger_than_the_canvas_counts_whole() -> None:
    """It is decoded before it is cut: a file of 27 KB took 139 MB where 4 were estimated."""
    first, second = gif_blocks.image((0, 0, 8, 8), 1), gif_blocks.image((0, 0, 2000, 1500), 2)
    small, large = (imaging.probe(gif_blocks.file(first, second, size=size), LIMITS) for size in ((8, 8), (2000, 1500)))
    assert (small.width, small.layer) == (8, 3_000_000)
    assert imaging.verify_cost(small).cpu_s == pytest.approx(imaging.verify_cost(large).cpu_s, rel=0.3)
    assert imaging.verify_cost(small).memory_bytes == pytest.approx(imaging.verify_cost(large).memory_bytes, rel=0.5)
    with pytest.raises(TooManyPixels, match="3000000 pixels, more than 2999999"):
        imaging.probe(gif_blocks.file(first, second, size=(8, 8)), Limits(max_source_pixels=2_999_999))


def test_an_image_that_only_overhangs_is_cut_off() -> None:
    first, second = gif_blocks.image((0, 0, 8, 8), 1), gif_blocks.image((6, 6, 8, 8), 2)
    shown = picture(gif_blocks.file(first, second, size=(8, 8)), page=1, format="png").convert("RGBA")
    assert (drawing.pixels(shown)[0], drawing.pixels(shown)[-1]) == (gif_blocks.GREEN, gif_blocks.BLUE)


@pytest.mark.parametrize(
    ("blocks", "alpha"),
    [
        ((frame(0, 0, 20, 10),), False),
        ((frame(0, 0, 20, 9),), True),
        ((frame(0, 0, 20, 10), frame(1, 1, 2, 2)), False),
        ((frame(0, 0, 20, 10), CLEARS, frame(1, 1, 2, 2), frame(0, 0, 2, 2)), True),
        ((frame(0, 0, 20, 10), CLEARS, frame(1, 1, 2, 2)), False),  # nothing follows it
    ],
)
def test_a_canvas_that_shows_through_is_alpha(blocks: tuple[bytes, ...], alpha: bool) -> None:
    assert gif.scan(written(*blocks)).alpha is alpha


def test_a_transparent_color_is_alpha() -> None:
    control = b"\x21\xf9\x04\x01\x00\x00\x00\x00"
    assert gif.scan(written(control, frame(0, 0, 20, 10))).alpha


@pytest.mark.parametrize(
    "data",
    [
        *(written(), STILL[:-2], MOVING[:-9], written(b"\x99"), b"GIF89a"),
        *(written(half)[:-1] for half in (b"\x21", b"\x21\xf9\x04\0", b"\xff" + STILL[13:])),
        *(STILL[:-1] + frame(0, 0, 9, 9)[:size] for size in (1, 5, 10, 11)),
    ],
)
def test_files_without_a_frame_or_that_end_inside_one_are_refused(data: bytes) -> None:
    with pytest.raises(UndecodableImage):
        imaging.probe(data, LIMITS)


@pytest.mark.parametrize("settings", [b"\x01\x01", b"\x03\x02\x05\x00"])
def test_a_loop_block_without_a_count_is_ignored(settings: bytes) -> None:
    block = b"\x21\xff\x0bNETSCAPE2.0" + settings + b"\x00"
    assert gif.scan(written(block, frame(0, 0, 20, 10))).plays == 1


HALVES = (b"\x21", b"\x21\xf9", b"\x21\xf9\x04\0", b"\x21\xfe\x05ab", b"\x21\xff\x0bNETSCAPE2.0\x03\x01")


@pytest.mark.parametrize("data", [STILL, MOVING])
@pytest.mark.parametrize(
    "end", [b"", b"\x00\x00\x3b", b"\x00\x00", b"\x3bleft over", b"\r\n", b"\xff", b"\0\xff\x3b", *HALVES]
)
def test_other_endings_than_a_trailer_are_accepted(data: bytes, end: bytes) -> None:
    before, after = gif.scan(data), gif.scan(data[:-1] + end)
    assert (after.frames, after.duration, after.plays) == (before.frames, before.duration, before.plays)


@pytest.mark.parametrize(
    "many",
    [b"\x21\xfe" + b"\1a" * 400_000 + b"\0", b"\x21\xfe\0" * 300_000, b"\0" * 400_000],
    ids=["long", "many", "zeros"],
)
def test_more_blocks_than_any_file_has_are_not_read(many: bytes) -> None:
    whole = drawing.encoded(drawing.photo(32, 24), "GIF")
    assert gif.scan(whole).width == 32
    with pytest.raises(UndecodableImage):
        imaging.probe(whole[:-1] + many + b"\x3b", LIMITS)


def test_codes_that_only_clear_the_table_are_known() -> None:
    cleared = b"\x2c" + struct.pack("<4HB", 0, 0, 20, 10, 0) + b"\x02" + (b"\xff" + b"\x24" * 255) * 100 + b"\0"
    assert gif.scan(written(cleared)).surplus > 20_000
    assert gif.scan(STILL).surplus == gif.scan(MOVING).surplus == 0
    assert gif.scan(drawing.encoded(drawing.noise(300, 200).convert("P"), "GIF")).surplus == 0
