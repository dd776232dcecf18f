"""Padding in the background color."""

from __future__ import annotations

from tests.support.drawing import flat
from tests.support.work import picture


def test_pad_adds_background_around_everything() -> None:
    result = picture(flat(9, 9, 9), pad="1,2,3,4", background="red", format="png")
    assert result.size == (40 + 6, 30 + 4)
    assert result.getpixel((3, 0)) == (255, 0, 0)
    assert result.getpixel((4, 1)) == (9, 9, 9)
    assert [result.getpixel((x, 9)) for x in (3, 4, 43, 44)] == [(255, 0, 0), (9, 9, 9), (9, 9, 9), (255, 0, 0)]
    assert [result.getpixel((9, y)) for y in (0, 1, 30, 31)] == [(255, 0, 0), (9, 9, 9), (9, 9, 9), (255, 0, 0)]
    assert picture(flat(9, 9, 9), pad=5, brightness=3, background="808080").getpixel((0, 0)) == (128, 128, 128)
