"""Padding in the background color."""

from __future__ import annotations

import pytest

from tests.support.drawing import array, flat
from tests.support.work import picture


def test_pad_adds_background_around_everything() -> None:
    result = picture(flat(9, 9, 9), pad="1,2,3,4", background="red", format="png")
    assert result.size == (40 + 6, 30 + 4)
    assert result.getpixel((3, 0)) == (255, 0, 0)
    assert result.getpixel((4, 1)) == (9, 9, 9)
    assert [result.getpixel((x, 9)) for x in (3, 4, 43, 44)] == [(255, 0, 0), (9, 9, 9), (9, 9, 9), (255, 0, 0)]
    assert [result.getpixel((9, y)) for y in (0, 1, 30, 31)] == [(255, 0, 0), (9, 9, 9), (9, 9, 9), (255, 0, 0)]
    assert picture(flat(9, 9, 9), pad=5, brightness=3, background="808080").getpixel((0, 0)) == (128, 128, 128)


@pytest.mark.parametrize("side", range(4), ids=["top", "right", "bottom", "left"])
def test_each_number_is_for_its_side(side: int) -> None:
    """As in CSS: top, right, bottom, left."""
    numbers = [0, 0, 0, 0]
    numbers[side] = 7
    shown = array(picture(flat(9, 9, 9), pad=",".join(map(str, numbers)), background="red", format="png"))
    padded = [shown[:7], shown[:, -7:], shown[-7:], shown[:, :7]][side]
    assert (padded == (255, 0, 0)).all()
    assert (shown == (9, 9, 9)).all(axis=2).sum() == 40 * 30
