"""Frames are decoded as the file shows them, and only the requested ones."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from PIL import Image

from app import imaging
from app.core.errors import InvalidParameter, UndecodableImage
from app.imaging.codecs import decode
from tests.support import drawing
from tests.support.drawing import durations, frames
from tests.support.work import LIMITS, rendered

GIF = drawing.animation("GIF", drawing.moving(), duration=50)


@pytest.mark.parametrize("format", ["GIF", "WEBP", "PNG"])
def test_frames_show_what_they_showed(format: str) -> None:
    lossless = {"lossless": True} if format == "WEBP" else {}
    data = drawing.animation(format, drawing.moving(), duration=50, loop=0, **lossless)
    made = rendered(data, format="png")
    for got, want in zip(frames(made.body), drawing.moving(), strict=True):
        assert np.abs(drawing.array(got.convert("RGB")) - drawing.array(want)).mean() < 2


@pytest.mark.parametrize("disposal", [1, 2])
def test_disposal_of_gif(disposal: int) -> None:
    data = drawing.animation("GIF", drawing.moving(), duration=50, disposal=disposal)
    made = frames(rendered(data, format="png").body)
    for got, want in zip(made, frames(data), strict=True):
        assert np.abs(drawing.array(got) - drawing.array(want)).max() <= 1


def test_an_animated_avif_is_read() -> None:
    data = drawing.animation("AVIF", drawing.moving(), duration=100)
    assert imaging.probe(data, LIMITS).frames == 4
    assert sum(durations(rendered(data, format="gif").body)) == 400


def test_a_jpeg_of_several_pictures_is_its_first() -> None:
    data = drawing.encoded(drawing.photo(96, 64), "MPO", save_all=True, append_images=[Image.new("RGB", (96, 64))])
    for format in ("jpeg", "avif", "gif", "webp", "png"):
        assert rendered(data, format=format).frames == 1


def test_page_and_frames() -> None:
    every = frames(rendered(GIF, format="png").body)
    part = frames(rendered(GIF, page=1, frames=2, format="png").body)
    assert len(part) == 2
    assert part[0].tobytes() == every[1].tobytes()
    assert rendered(GIF, page=3, format="jpeg").frames == 1
    assert rendered(GIF, page=2).frames == 2
    with pytest.raises(InvalidParameter, match="page"):
        rendered(GIF, page=4)


@pytest.mark.parametrize("format", ["GIF", "WEBP", "PNG", "AVIF"])
def test_fewer_frames_than_the_header_states_are_an_error(format: str) -> None:
    data = drawing.animation(format, drawing.moving(), duration=50)
    shown = decode.frames(data, imaging.probe(data, LIMITS), count=5)
    assert len([next(shown) for _ in range(4)]) == 4
    with pytest.raises(UndecodableImage, match="ends early"):
        next(shown)


def test_a_decoder_that_finds_another_size_than_the_header_is_an_error() -> None:
    data = drawing.encoded(drawing.photo(96, 64), "WEBP")
    header = msgspec.structs.replace(imaging.probe(data, LIMITS), stored_width=95)
    with pytest.raises(UndecodableImage, match="different sizes"):
        next(decode.frames(data, header))
