from __future__ import annotations

import pytest

from bench.limits.large_images import ANIMATED, LONG_ANIMATION, LONG_FRAMES, STILL
from tests.support.drawing import opened


@pytest.mark.parametrize("name", STILL)
def test_an_image_has_the_pixels_and_the_kind_its_name_says(name: str) -> None:
    data = STILL[name](10_000)
    image = opened(data)
    assert image.size == ((632, 16) if "wide" in name else (100, 100))
    assert name.upper().endswith(str(image.format))
    assert ("progressive" in name) == bool(image.info.get("progressive"))
    assert ("RGBA" in name) == (image.mode == "RGBA")


@pytest.mark.parametrize("name", ANIMATED)
def test_an_animation_has_frames(name: str) -> None:
    image = opened(ANIMATED[name](10_000))
    assert getattr(image, "n_frames", 1) == 3
    assert image.size == (100, 100)


def test_the_long_animation_is_long() -> None:
    assert getattr(opened(LONG_ANIMATION()), "n_frames", 1) == LONG_FRAMES
