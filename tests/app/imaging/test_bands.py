"""Large images with alpha are cut into bands where that saves a copy; the tests of the resampler draw them."""

from __future__ import annotations

import pytest

from app.imaging.bands import Bands


@pytest.mark.parametrize(
    ("image", "to"), [((4096, 2048), (480, 480)), ((4000, 4000), (10, 10)), ((3000, 4000), (30, 40))]
)
def test_bands_that_would_take_as_much_as_a_copy_are_not_made(image: tuple[int, int], to: tuple[int, int]) -> None:
    assert Bands.of(image, (0, 0, *image), to) is None


@pytest.mark.parametrize(("image", "axis"), [((9000, 3000), 0), ((3000, 9000), 1)])
def test_bands_lie_along_the_longer_side_and_are_far_smaller_than_the_image(image: tuple[int, int], axis: int) -> None:
    bands = Bands.of(image, (0, 0, *image), (300, 300))
    assert bands
    assert bands.axis == axis
    assert 3 * bands.pixels <= image[0] * image[1]
    assert bands.box((10, 20), (0, 300)) == ((10, 0, 20, 300) if axis == 0 else (0, 10, 300, 20))
