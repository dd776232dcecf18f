"""What is shown of a picture lies inside of it, and whole pixels of it are."""

from __future__ import annotations

import pytest

from app.core.errors import UndecodableImage
from app.imaging.headers.transforms import Box, read
from app.imaging.orientation import Orientation, from_exif
from tests.support import heic

SIZE = (100, 60)


def properties(*boxes: bytes) -> list[tuple[bytes, memoryview]]:
    return [(box[4:8], memoryview(box)[8:]) for box in boxes]


def test_without_a_word_all_is_shown_as_it_is() -> None:
    assert read(properties(heic.extent(100, 60)), SIZE) == ((0, 0, 100, 60), Orientation())


@pytest.mark.parametrize(("quarters", "exif"), [(0, 1), (1, 8), (2, 3), (3, 6), (7, 6)])
def test_rotations_are_anticlockwise(quarters: int, exif: int) -> None:
    assert read(properties(heic.rotation(quarters)), SIZE)[1] == from_exif(exif)


def test_mirrors_exchange_top_and_bottom_or_left_and_right() -> None:
    assert read(properties(heic.mirror(0)), SIZE)[1] == from_exif(4)
    assert read(properties(heic.mirror(1)), SIZE)[1] == from_exif(2)
    assert read(properties(heic.mirror(1), heic.rotation(1)), SIZE)[1] == from_exif(5)
    assert read(properties(heic.rotation(1), heic.mirror(1)), SIZE)[1] == from_exif(7)


@pytest.mark.parametrize("box", [(0, 0, 100, 60), (0, 0, 99, 59), (7, 3, 8, 4), (99, 59, 100, 60), (1, 0, 100, 60)])
def test_an_aperture_is_a_box(box: Box) -> None:
    cut = heic.aperture(SIZE, box[0], box[1], box[2] - box[0], box[3] - box[1])
    assert read(properties(cut, heic.rotation(1)), SIZE) == (box, from_exif(8))


@pytest.mark.parametrize(
    "box", [(-1, 0, 50, 50), (0, -1, 50, 50), (51, 0, 50, 50), (0, 11, 50, 50), (0, 0, 101, 60), (9, 9, 0, 5)]
)
def test_an_aperture_is_inside_of_its_picture(box: Box) -> None:
    with pytest.raises(ValueError, match="not inside"):
        read(properties(heic.aperture(SIZE, *box)), SIZE)


def test_an_aperture_is_of_the_picture_as_it_is_stored() -> None:
    cut = heic.aperture(SIZE, 1, 1, 5, 5)
    for wrong in ((heic.rotation(1), cut), (cut, cut)):
        with pytest.raises(UndecodableImage, match="turned before it is cut, or cut twice"):
            read(properties(*wrong), SIZE)


def test_an_aperture_in_nothing_of_a_pixel_is_refused() -> None:
    with pytest.raises(ZeroDivisionError):
        read(properties(heic.box(b"clap", bytes(32))), SIZE)
    with pytest.raises(ValueError, match="not inside"):
        read(properties(heic.box(b"clap", *(part.to_bytes(4, "big") for part in (1, 2, 1, 2, 0, 1, 0, 1)))), SIZE)
