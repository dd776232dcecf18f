"""Images of one color for each number."""

from __future__ import annotations

from io import BytesIO

from PIL import Image

from lab.experiments.support.images import center_color, color_of, photo, solid_png


def test_every_number_has_a_color_of_its_own() -> None:
    assert len({color_of(number) for number in range(5000)}) == 5000


def test_the_color_of_an_image_encodes_its_number() -> None:
    assert [center_color(solid_png((8, 6), number)) for number in (0, 1, 77)] == [color_of(n) for n in (0, 1, 77)]


def test_a_photo_is_a_jpeg_of_its_size() -> None:
    with Image.open(BytesIO(photo(120, 90))) as image:
        assert (image.format, image.size) == ("JPEG", (120, 90))
