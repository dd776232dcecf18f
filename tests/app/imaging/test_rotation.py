"""Where the center of a rotated image lies."""

from __future__ import annotations

import pytest

from app.imaging.rotation import rotated_center

# What sharp 0.35.5 on libvips 8.18.7 shows in the middle of 1000x750; with this geometry our pixels have SSIM 0.9997.
CENTERS = {33: (500.245, 375.283), -33: (500.389, 374.615), 120: (500.426, 376.398), 200: (501.563, 375.757)}


@pytest.mark.parametrize("degrees", CENTERS)
def test_a_rotation_lies_on_the_pixels_of_sharp(degrees: int) -> None:
    assert rotated_center((1000, 750), degrees) == pytest.approx(CENTERS[degrees], abs=0.001)


@pytest.mark.parametrize("degrees", [0.5, 33, 45, 91, 120, 179.5, 200, -70])
def test_a_rotation_keeps_its_center_within_two_pixels(degrees: float) -> None:
    for size in ((1000, 750), (33, 250), (7, 7)):
        center = rotated_center(size, degrees)
        assert all(abs(at - side / 2) < 2 for at, side in zip(center, size, strict=True))
