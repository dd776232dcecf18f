"""What lies around the picture with fit=contain."""

from __future__ import annotations

from typing import Any

import pytest
from PIL import Image

from tests.support import drawing
from tests.support.work import picture


@pytest.mark.parametrize(
    ("mode", "background", "corner", "result_mode"),
    [
        ("RGB", None, (0, 0, 0, 0), "RGBA"),
        ("L", None, (0, 0, 0, 0), "LA"),
        ("L", "808080", (128, 128, 128, 255), "L"),
        ("L", "red", (255, 0, 0, 255), "RGB"),
        ("LA", "red", (255, 0, 0, 255), "RGB"),
        ("RGB", "red", (255, 0, 0, 255), "RGB"),
        ("RGBA", None, (0, 0, 0, 0), "RGBA"),
    ],
)
def test_the_color_around_the_picture(
    mode: str, background: str | None, corner: tuple[int, ...], result_mode: str
) -> None:
    data = drawing.encoded(Image.new("RGB", (20, 10), (9, 9, 9)).convert(mode), "PNG")
    query: dict[str, Any] = {"background": background} if background else {}
    result = picture(data, width=10, height=10, fit="contain", **query)
    assert result.mode == result_mode
    got = drawing.pixels(result)[0]
    assert got[3] == corner[3]
    assert got == corner or corner[3] == 0
    assert drawing.pixels(result)[55] == (9, 9, 9, 255)


def test_it_is_white_where_nothing_can_be_transparent() -> None:
    data = drawing.encoded(Image.new("RGB", (40, 20), (9, 9, 9)), "PNG")
    assert picture(data, width=40, height=40, fit="contain", format="jpeg").getpixel((2, 2)) == (255, 255, 255)


def test_pad_surrounds_the_whole_canvas() -> None:
    data = drawing.encoded(Image.new("RGB", (40, 20), (9, 9, 9)), "PNG")
    shown = drawing.array(picture(data, width=40, height=40, fit="contain", background="red", pad="1,2,3,4"))
    assert shown.shape == (44, 46, 3)
    assert (shown[11:31, 4:44] == (9, 9, 9)).all()
    assert (shown == (9, 9, 9)).all(axis=2).sum() == 40 * 20
