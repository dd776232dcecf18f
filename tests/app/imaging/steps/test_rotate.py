"""Rotation by angles that are no quarter turns."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.support import drawing
from tests.support.drawing import flat
from tests.support.work import picture


@pytest.mark.parametrize("format", ["png", "jpeg"])
def test_the_corners_show_the_background(format: str) -> None:
    result = picture(flat(9, 9, 9, size=(60, 40)), rotate=30, background="red", format=format).convert("RGB")
    assert result.size == (72, 65)
    assert result.getpixel((36, 32)) == pytest.approx((9, 9, 9), abs=6)
    assert result.getpixel((1, 1)) == pytest.approx((255, 0, 0), abs=6)


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_quarter_turns_are_exact_and_nearby_angles_look_like_them(degrees: int) -> None:
    data = drawing.encoded(drawing.quadrants(), "PNG")
    exact = picture(data, rotate=degrees)
    assert drawing.corners(exact) == drawing.corners(picture(data, rotate=degrees + 0.01))
    rotated = drawing.quadrants().rotate(-degrees, expand=True)
    assert exact.tobytes() == rotated.tobytes()


def test_the_edges_of_what_is_turned_fade_out() -> None:
    """A border without steps: along it, the alpha takes many values between nothing and all."""
    alpha = drawing.array(picture(flat(9, 9, 9, size=(60, 60)), rotate=20, format="png"))[..., 3]
    between = np.unique(alpha[(alpha > 10) & (alpha < 245)])
    assert len(between) > 40


@pytest.mark.parametrize("mirror", ["flip", "flop"])
@pytest.mark.parametrize("size", [(64, 64), (61, 40), (40, 61)])
def test_mirrors_come_after_the_rotation(mirror: str, size: tuple[int, int]) -> None:
    data = drawing.encoded(drawing.quadrants(*size), "PNG")
    plain = picture(data, rotate=20, background="white").convert("RGB")
    axis = Image.Transpose.FLIP_TOP_BOTTOM if mirror == "flip" else Image.Transpose.FLIP_LEFT_RIGHT
    query: dict[str, Any] = {"rotate": 20, "background": "white", mirror: True}
    mirrored = picture(data, **query).convert("RGB")
    assert np.abs(drawing.array(mirrored) - drawing.array(plain.transpose(axis))).mean() < 0.1
