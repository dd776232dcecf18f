"""Images of one color for each number."""

from __future__ import annotations

from io import BytesIO

from PIL import Image

from lab.experiments.support.images import center_color, photo, solid_png
from measurement.png import color_of


def test_the_color_of_an_image_encodes_its_number() -> None:
    assert [center_color(solid_png((8, 6), number)) for number in (0, 1, 77)] == [color_of(n) for n in (0, 1, 77)]


def test_a_photo_is_a_jpeg_of_its_size() -> None:
    with Image.open(BytesIO(photo(120, 90))) as image:
        assert (image.format, image.size) == ("JPEG", (120, 90))
