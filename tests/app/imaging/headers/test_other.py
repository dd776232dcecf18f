"""Headers that the decoder reads: AVIF, TIFF and BMP."""

from __future__ import annotations

import pytest
from PIL import Image

from app.errors import UndecodableImage
from app.imaging.headers import other
from tests.support import drawing

MOVING = drawing.animation("AVIF", drawing.moving(), duration=[100, 250, 40, 610])


def test_samples_of_32_bits_are_refused() -> None:
    data = drawing.encoded(Image.new("F", (8, 8)), "TIFF")
    with pytest.raises(UndecodableImage, match="32 bits"):
        other.scan(data)


def test_a_tiff_of_sixteen_bits_states_its_depth() -> None:
    header = other.scan(drawing.encoded(Image.new("I;16", (8, 8)), "TIFF"))
    assert (header.depth, header.samples_per_pixel) == (16, 1.0)


def test_an_avif_states_orientation_and_alpha() -> None:
    header = other.scan(drawing.encoded(drawing.noise(96, 64, "RGBA"), "AVIF", exif=drawing.exif(6)))
    assert (header.width, header.height, header.alpha) == (64, 96, True)


def test_an_avif_sequence_has_frames_and_a_duration() -> None:
    header = other.scan(MOVING)
    assert (header.frames, header.duration) == (4, 1000.0)


@pytest.mark.parametrize("name", [b"moov", b"mdhd"])
def test_an_avif_sequence_without_its_boxes_is_refused(name: bytes) -> None:
    with pytest.raises(UndecodableImage):
        other.scan(MOVING.replace(name, b"free"))
