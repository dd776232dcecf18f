"""Which animations of a PNG can be shown; browsers show the default image of the others."""

from __future__ import annotations

import pytest

from app.imaging.headers import png
from tests.support.apng_chunks import BLUE, GREEN, announced, control, file, pixels, still
from tests.support.drawing import channels, opened
from tests.support.work import rendered

WHOLE = (announced(2), control(0), still(), control(1), pixels(2, GREEN))
BROKEN = {
    "no pixels": (announced(2), control(0), still(), control(1)),
    "no pixels behind a hidden image": (announced(1), still(), control(0)),
    "a number left out": (announced(2), control(0), still(), control(2), pixels(3, GREEN)),
    "numbers swapped": (announced(2), control(0), still(), control(2), pixels(1, GREEN)),
    "numbers from 1 on": (announced(2), control(1), still(), control(2), pixels(3, GREEN)),
    "announced behind the pixels": (control(0), still(), announced(2), control(1), pixels(2, GREEN)),
    "announced twice": (announced(2), *WHOLE),
    "none announced": (announced(0), *WHOLE[1:]),
    "beyond the canvas": (*WHOLE[:3], control(1, (9, 9, 8, 8)), pixels(2, GREEN, (8, 8))),
    "empty": (*WHOLE[:3], control(1, (0, 0, 0, 16)), pixels(2, GREEN)),
    "an operation that there is not": (*WHOLE[:3], control(1, dispose=7), pixels(2, GREEN)),
}


def test_a_whole_animation_has_its_frames_and_duration() -> None:
    header = png.scan(file(*WHOLE))
    assert (header.frames, header.duration, header.plays, header.hidden, header.alpha) == (2, 100.0, 0, False, False)


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_animation_falls_back_on_the_default_image(name: str) -> None:
    data = file(*BROKEN[name])
    header = png.scan(data)
    assert (header.frames, header.duration, header.hidden) == (1, 0.0, False)
    assert channels(opened(rendered(data).body).convert("RGB"), (5, 5)) == (255, 0, 0)


def test_a_hidden_image_is_no_frame() -> None:
    header = png.scan(file(announced(2), still(), control(0), pixels(1, GREEN), control(2), pixels(3, BLUE)))
    assert (header.frames, header.duration, header.hidden) == (2, 100.0, True)
    assert png.scan(file(announced(1), still(), control(0), pixels(1, GREEN))).hidden


def test_a_first_frame_that_leaves_part_of_the_canvas_is_alpha() -> None:
    small = control(0, (4, 4, 8, 8)), pixels(1, GREEN, (8, 8))
    assert png.scan(file(announced(1), still(), *small)).alpha
