"""Trim finds the border by the color of the top left pixel."""

from __future__ import annotations

from PIL import Image

from tests.support import drawing
from tests.support.drawing import flat
from tests.support.work import picture

GIF = drawing.animation("GIF", drawing.moving(), duration=50)


def bordered(orientation: int = 1) -> bytes:
    image = Image.new("RGB", (100, 80), (240, 240, 240))
    image.paste(drawing.photo(60, 30), (10, 40))
    image.putpixel((50, 2), (0, 0, 0))  # a single pixel of dirt
    return drawing.encoded(image, "PNG", exif=drawing.exif(orientation)[6:])


def test_trim_keeps_the_part_that_differs_from_the_border() -> None:
    assert picture(bordered(), trim=10).size == (60, 30)
    assert picture(bordered(6), trim=10).size == (30, 60)
    assert picture(bordered(), trim=10, width=30).size == (30, 15)
    assert picture(bordered(), trim=10, crop="0,50,100,30").size == (60, 20)
    assert picture(flat(9, 9, 9), trim=0).size == (40, 30)
    assert picture(GIF, trim=1).size == (10, 10)


def test_a_difference_as_large_as_the_tolerance_belongs_to_the_border() -> None:
    image = Image.new("L", (60, 40), 100)
    image.paste(110, (10, 10, 40, 30))
    assert picture(drawing.encoded(image, "PNG"), trim=9).size == (30, 20)
    assert picture(drawing.encoded(image, "PNG"), trim=10).size == (60, 40)
