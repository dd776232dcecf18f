"""The colors of Display P3 as sRGB, against the figures of CSS Color 4 and against LittleCMS."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from PIL import Image, ImageCms

from app.imaging.headers.color_space import from_code_points
from bench.quality.as_shown import as_shown
from bench.quality.ssim import luma, reference
from bench.sources.formats import DISPLAY_P3

P3 = from_code_points(*DISPLAY_P3)


def png(color: tuple[int, int, int], **info: bytes) -> bytes:
    out = BytesIO()
    Image.new("RGB", (40, 30), color).save(out, "PNG", **info)
    return out.getvalue()


@pytest.mark.parametrize(
    ("p3", "srgb"),
    [
        ((255, 255, 255), (255, 255, 255)),
        ((0, 255, 0), (-130.5, 259.7, -79.2)),
        ((255, 0, 0), (278.8, -57.8, -38.2)),
    ],
)
def test_colors_become_srgb_and_may_lie_outside_it(p3: tuple[float, ...], srgb: tuple[float, ...]) -> None:
    assert as_shown(np.array([[p3]]), P3)[0, 0] == pytest.approx(srgb, abs=0.5)


def test_littlecms_agrees_within_srgb() -> None:
    pixels = np.random.default_rng(5).integers(90, 170, (20, 20, 3)).astype(np.uint8)
    theirs = ImageCms.profileToProfile(
        Image.fromarray(pixels), ImageCms.ImageCmsProfile(BytesIO(P3)), ImageCms.createProfile("sRGB")
    )
    assert theirs
    assert np.abs(as_shown(pixels.astype(np.float64), P3) - np.asarray(theirs)).max() < 1.5


def test_a_result_whose_profile_was_dropped_is_not_the_same_picture() -> None:
    kept, dropped = png((51, 178, 77), icc_profile=P3), png((51, 178, 77))
    converted = png((0, 182, 60))
    shown = reference(kept, width=20)
    assert luma(converted).mean() == pytest.approx(shown.mean(), abs=0.6)
    assert luma(kept).mean() == pytest.approx(shown.mean(), abs=0.6)
    assert abs(luma(dropped).mean() - shown.mean()) > 5


def test_a_profile_without_primaries_is_refused() -> None:
    with pytest.raises(ValueError, match="primaries"):
        as_shown(np.zeros((1, 1, 3)), bytes(132))
