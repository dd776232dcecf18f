"""What brightness, contrast, saturation, grayscale and tint do to single colors."""

from __future__ import annotations

import pytest

from tests.support import drawing
from tests.support.drawing import flat
from tests.support.work import picture, pixel

JPEG = drawing.encoded(drawing.photo(120, 80), "JPEG")
TRANSPARENT = drawing.encoded(drawing.noise(60, 40, "RGBA"), "PNG")


def test_brightness_multiplies_lightness() -> None:
    assert pixel(flat(119, 119, 119), brightness=0)[:3] == pytest.approx((0, 0, 0), abs=6)
    assert pixel(flat(119, 119, 119), brightness=4) == (255, 255, 255, 255)
    # L* of 119 is 50; one and a half times that is 75, which is 185
    assert pixel(flat(119, 119, 119), brightness=1.5)[0] == pytest.approx(185, abs=2)


def test_contrast_keeps_middle_gray() -> None:
    assert pixel(flat(128, 128, 128), contrast=3)[0] == pytest.approx(128, abs=2)
    assert pixel(flat(100, 100, 100), contrast=2)[0] == pytest.approx(73, abs=3)
    assert pixel(flat(10, 250, 90), contrast=0)[:3] == pytest.approx((128, 128, 128), abs=3)


def test_saturation_and_grayscale_keep_the_lightness() -> None:
    faded = pixel(flat(200, 40, 40), saturation=0)
    gray = pixel(flat(200, 40, 40), grayscale=True)
    assert max(faded[:3]) - min(faded[:3]) <= 1
    assert faded[0] == pytest.approx(gray[0], abs=1)
    assert picture(JPEG, grayscale=True).mode == "L"
    assert picture(TRANSPARENT, grayscale=True, format="png").mode == "LA"


def test_tint_keeps_black_and_white() -> None:
    assert pixel(flat(0, 0, 0), tint="red")[:3] == pytest.approx((0, 0, 0), abs=2)
    assert pixel(flat(255, 255, 255), tint="red")[:3] == pytest.approx((255, 255, 255), abs=2)
    red, green, blue, _ = pixel(flat(128, 128, 128), tint="red")
    assert red > green + 60
    assert red > blue + 60
