"""Eight EXIF orientations, rotate, flip and flop all end upright and in the promised order."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from PIL import Image
from PIL.Image import Transpose

from app.imaging.orientation import Orientation, from_exif, from_options
from tests.support import drawing
from tests.support.drawing import BLUE, GREEN, RED, YELLOW, frames
from tests.support.work import picture, rendered

GIF = drawing.animation("GIF", drawing.moving(), duration=50)
# How Pillow has to transpose an upright picture so that the orientation undoes it: EXIF 2.32, table 6.
STORED = {
    1: None,
    2: Transpose.FLIP_LEFT_RIGHT,
    3: Transpose.ROTATE_180,
    4: Transpose.FLIP_TOP_BOTTOM,
    5: Transpose.TRANSPOSE,
    6: Transpose.ROTATE_90,
    7: Transpose.TRANSVERSE,
    8: Transpose.ROTATE_270,
}


def stored(orientation: int, format: str) -> bytes:
    """Return the quadrants in a file that needs ``orientation`` to be seen upright."""
    image = drawing.quadrants()
    transpose = STORED[orientation]
    lying = image if transpose is None else image.transpose(transpose)
    block = drawing.exif(orientation)
    if format == "TIFF":
        return drawing.encoded(lying, format, tiffinfo={0x0112: orientation})
    return drawing.encoded(lying, format, exif=block[6:] if format == "WEBP" else block, quality=95)


def near(image: Image.Image, *colors: tuple[int, int, int]) -> bool:
    pairs = zip(drawing.corners(image), colors, strict=True)
    return all(abs(a - b) < 25 for got, want in pairs for a, b in zip(got, want, strict=True))


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "AVIF", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_applied(orientation: int, format: str) -> None:
    image = picture(stored(orientation, format), format="png")
    assert image.size == (64, 48)
    assert near(image, RED, GREEN, BLUE, YELLOW)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_cover_and_crop_are_in_the_upright_frame(orientation: int) -> None:
    data = stored(orientation, "PNG")
    assert near(picture(data, width=16, height=48, fit="cover", gravity="west", format="png"), RED, RED, BLUE, BLUE)
    assert near(picture(data, crop="32,0,32,48", format="png"), GREEN, GREEN, YELLOW, YELLOW)
    assert near(picture(data, crop="0,24,64,24", width=10, format="png"), BLUE, YELLOW, BLUE, YELLOW)


@pytest.mark.parametrize("orientation", [1, 6])
@pytest.mark.parametrize(
    ("query", "colors"),
    [
        ({"rotate": 90}, (BLUE, RED, YELLOW, GREEN)),
        ({"rotate": 180}, (YELLOW, BLUE, GREEN, RED)),
        ({"rotate": 270}, (GREEN, YELLOW, RED, BLUE)),
        ({"flip": True}, (BLUE, YELLOW, RED, GREEN)),
        ({"flop": True}, (GREEN, RED, YELLOW, BLUE)),
        ({"rotate": 90, "flip": True}, (YELLOW, GREEN, BLUE, RED)),
        ({"rotate": 90, "crop": "0,0,32,48"}, (BLUE, RED, BLUE, RED)),
        ({"rotate": 90, "width": 24, "height": 8, "fit": "cover", "gravity": "south"}, (YELLOW, GREEN, YELLOW, GREEN)),
    ],
)
def test_rotate_flip_and_flop(
    orientation: int, query: dict[str, Any], colors: tuple[tuple[int, int, int], ...]
) -> None:
    assert near(picture(stored(orientation, "PNG"), format="png", **query), *colors)


def test_results_have_no_orientation_of_their_own() -> None:
    for format in ("jpeg", "png", "webp", "avif"):
        body = rendered(stored(6, "JPEG"), format=format).body
        assert drawing.opened(body).getexif() == {}


TRANSPOSES = {
    Orientation(): None,
    Orientation(mirror_x=True): Transpose.FLIP_LEFT_RIGHT,
    Orientation(mirror_y=True): Transpose.FLIP_TOP_BOTTOM,
    Orientation(mirror_x=True, mirror_y=True): Transpose.ROTATE_180,
    Orientation(swap=True): Transpose.TRANSPOSE,
    Orientation(swap=True, mirror_x=True): Transpose.ROTATE_270,
    Orientation(swap=True, mirror_y=True): Transpose.ROTATE_90,
    Orientation(swap=True, mirror_x=True, mirror_y=True): Transpose.TRANSVERSE,
}


def oriented(image: Image.Image, orientation: Orientation) -> Image.Image:
    transpose = TRANSPOSES[orientation]
    return image if transpose is None else image.transpose(transpose)


LABELED = Image.frombytes("L", (3, 2), bytes(range(6)))


@pytest.mark.parametrize("first", TRANSPOSES)
@pytest.mark.parametrize("second", TRANSPOSES)
def test_composition_equals_that_of_pillow(first: Orientation, second: Orientation) -> None:
    one_step, two_steps = oriented(LABELED, first.then(second)), oriented(oriented(LABELED, first), second)
    assert (one_step.size, one_step.tobytes()) == (two_steps.size, two_steps.tobytes())
    assert first.then(first.inverse()) == Orientation()


@pytest.mark.parametrize("orientation", TRANSPOSES)
def test_boxes_follow_their_pixels(orientation: Orientation) -> None:
    box = orientation.box((Fraction(1), Fraction(0), Fraction(3), Fraction(1)), LABELED.size)
    moved = oriented(LABELED, orientation).crop(tuple(int(edge) for edge in box))  # type: ignore[arg-type]
    assert sorted(moved.tobytes()) == [1, 2]


def test_exif_and_options_agree_on_quarter_turns() -> None:
    assert [from_options(degrees, flip=False, flop=False) for degrees in (0, 90, 180, 270)] == [
        from_exif(orientation) for orientation in (1, 6, 3, 8)
    ]


def test_orientation_and_letterbox_reach_every_frame() -> None:
    made = rendered(GIF, rotate=90, width=40, height=40, fit="contain", background="red", format="png")
    assert [image.size for image in frames(made.body)] == [(40, 40)] * 4
    assert all(image.getpixel((1, 20)) == (255, 0, 0, 255) for image in frames(made.body))
