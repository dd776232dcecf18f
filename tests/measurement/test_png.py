"""PNG as other readers see it, and the colors of numbers."""

from __future__ import annotations

import io

from PIL import Image

from measurement.png import color_of, png_file


def test_pillow_reads_what_was_written() -> None:
    rows = [b"\0" + bytes((200, 100, 50)) * 3, b"\2" + bytes((1, 0, 0)) * 3]
    with Image.open(io.BytesIO(png_file(3, 2, rows))) as image:
        image.load()
        assert (image.format, image.mode, image.size) == ("PNG", "RGB", (3, 2))
        assert [image.getpixel((2, y)) for y in range(2)] == [(200, 100, 50), (201, 100, 50)]


def test_every_number_has_a_color_of_its_own() -> None:
    assert len({color_of(number) for number in range(5000)}) == 5000
