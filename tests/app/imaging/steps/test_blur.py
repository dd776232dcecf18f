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
