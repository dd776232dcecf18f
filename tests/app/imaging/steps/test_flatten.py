"""Transparent pixels on a background."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PIL import Image

from app.imaging.steps.flatten import background_color
from tests.support import drawing
from tests.support.work import picture


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"format": "jpeg"}, (255, 255, 255)),
        ({"format": "jpeg", "background": "0000ff"}, (0, 0, 255)),
        ({"format": "jpeg", "background": "transparent"}, (255, 255, 255)),
        ({"format": "jpeg", "background": "0000ff80"}, (127, 127, 255)),
        ({"format": "png", "background": "0000ff"}, (0, 0, 255)),
        ({"format": "webp", "background": "lime"}, (0, 255, 0)),
    ],
)
def test_transparent_pixels_show_the_background(query: dict[str, Any], expected: tuple[int, ...]) -> None:
    data = drawing.encoded(Image.new("RGBA", (16, 16), (200, 100, 50, 0)), "PNG")
    result = picture(data, **query)
    assert "A" not in result.getbands()
    assert np.abs(drawing.array(result.convert("RGB")) - expected).max() <= 3


def test_a_background_may_be_half_transparent() -> None:
    data = drawing.encoded(Image.new("RGBA", (4, 4), (200, 100, 50, 0)), "PNG")
    assert drawing.pixels(picture(data, background="0000ff80"))[0] == (0, 0, 255, 128)


def test_a_color_over_white_is_rounded_to_the_nearest() -> None:
    """11 at 64 of 255 over white is 193.76."""
    assert background_color("0b0b0b40", alpha=False) == (194, 194, 194, 255)
    assert background_color("0b0b0b40", alpha=True) == (11, 11, 11, 64)
