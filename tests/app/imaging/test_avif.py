"""AVIF is tuned for likeness: more of it in as many bytes, and a quality still means what it meant."""

from __future__ import annotations

from bisect import bisect_left

import pytest

from app.imaging.codecs import plugins
from app.imaging.output_format import AVIF_SPEED
from bench.quality.ssim import luma, ssim
from tests.support import drawing
from tests.support.work import rendered

PHOTO = drawing.photo(200, 150, noise=4)
SOURCE = drawing.encoded(PHOTO, "PNG")


def likeness(body: bytes) -> float:
    return ssim(luma(body), luma(SOURCE))


def untuned(quality: int) -> bytes:
    return plugins.save_image(PHOTO.copy(), "avif", quality=quality, speed=AVIF_SPEED)


@pytest.mark.parametrize("quality", [70, 85])
def test_more_likeness_in_as_many_bytes(quality: int) -> None:
    ours = rendered(SOURCE, format="avif", quality=quality).body
    enough = bisect_left(range(1, 101), len(ours), key=lambda other: len(untuned(other))) + 1
    assert likeness(ours) > likeness(untuned(enough))
    assert abs(enough - quality) <= 8


def test_the_best_quality_stays_the_best() -> None:
    assert likeness(rendered(SOURCE, format="avif", quality=100).body) > 0.995
    assert likeness(rendered(SOURCE, format="avif", quality=1).body) < 0.9
