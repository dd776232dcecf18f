"""The Gaussian blur, beside what sharpen does."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from app.imaging.steps.blur import gaussian
from tests.support import drawing
from tests.support.work import picture

RGB = drawing.photo(120, 80)


def test_blur_and_sharpen_go_opposite_ways() -> None:
    data = drawing.encoded(RGB, "PNG")
    blurred, sharpened = (
        drawing.array(image.convert("L")).std() for image in (picture(data, blur=2), picture(data, sharpen=2))
    )
    assert blurred < drawing.array(RGB.convert("L")).std() < sharpened


def test_a_gaussian_spreads_as_far_as_its_sigma() -> None:
    point = Image.new("L", (61, 61))
    point.putpixel((30, 30), 255)
    spread = drawing.array(gaussian(point, 2)).sum(axis=0)
    assert np.sqrt((spread * (np.arange(61) - 30) ** 2).sum() / spread.sum()) == pytest.approx(2, rel=0.15)


@pytest.mark.parametrize("sigma", [4, 9])
def test_blur_is_as_wide_as_that_of_sharp(sigma: int) -> None:
    """sharp leaves a Gaussian's tails out, below a fifth of its height, so it is this much narrower."""
    end = np.sqrt(2 * np.log(5))
    x = np.linspace(-end, end, 10_001)
    weights = np.exp(-(x**2) / 2)
    expected = sigma * np.sqrt((weights * x**2).sum() / weights.sum())
    edge = Image.new("L", (161, 3))
    edge.paste(255, (80, 0, 161, 3))
    rise = np.diff(drawing.array(picture(drawing.encoded(edge, "PNG"), blur=sigma))[1])
    place = np.arange(160)
    middle = (rise * place).sum() / rise.sum()
    assert np.sqrt((rise * (place - middle) ** 2).sum() / rise.sum()) == pytest.approx(expected, rel=0.06)
