"""The appearance of an image in a few bytes: colors, a BlurHash, a placeholder."""

from __future__ import annotations

import base64

import pytest
from PIL import Image

from app import imaging
from app.core.deadline import Deadline, Stopwatch
from tests.support import drawing
from tests.support.work import LIMITS


def seen(data: bytes) -> imaging.Appearance:
    return imaging.describe_appearance(imaging.prepare_appearance(data, LIMITS), data, Deadline.after(60), Stopwatch())


def test_the_most_common_color_comes_first() -> None:
    image = Image.new("RGB", (60, 40), drawing.BLUE)
    image.paste(drawing.YELLOW, (0, 0, 20, 40))
    found = seen(drawing.encoded(image, "PNG"))
    assert found.dominant == found.palette[0] == bytes(drawing.BLUE).hex()
    assert bytes(drawing.YELLOW).hex() in found.palette[:2]


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
def test_the_placeholder_is_a_tiny_webp(mode: str) -> None:
    image = drawing.photo(300, 200).convert(mode)
    if mode == "RGBA":
        image.putalpha(99)
    head, _, body = seen(drawing.encoded(image, "PNG")).lqip.partition(",")
    placeholder = drawing.opened(base64.b64decode(body))
    assert head == "data:image/webp;base64"
    assert placeholder.size == (24, 16)
    assert placeholder.mode == ("RGBA" if mode == "RGBA" else "RGB")


def test_the_first_frame_of_an_animation_is_described() -> None:
    frames = [Image.new("RGB", (20, 20), color) for color in (drawing.RED, drawing.GREEN)]
    assert seen(drawing.animation("PNG", frames, duration=50)).dominant == bytes(drawing.RED).hex()
