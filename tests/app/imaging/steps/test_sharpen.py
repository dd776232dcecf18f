"""Sharpening follows libvips, and leaves colors and transparency alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from bench.quality.delta_e import lab
from tests.support import drawing
from tests.support.work import picture


def sharpened(rgb: Any, weights: list[float]) -> Any:
    """Return what libvips makes of float samples: L* after its Gaussian and its curve, and the CIELAB planes before."""
    planes = lab(rgb)
    light = np.pad(planes[..., 0], len(weights) // 2, mode="edge")
    for axis in (0, 1):
        light = np.apply_along_axis(np.convolve, axis, light, weights, "valid")
    away = planes[..., 0] - light
    size = np.minimum(abs(away), 2) + 2 * np.maximum(abs(away) - 2, 0)
    expected = planes[..., 0] + np.where(away > 0, np.minimum(size, 10), -np.minimum(size, 20))
    return np.clip(expected, 0, 100), planes


@pytest.mark.parametrize(
    ("sigma", "weights"),
    [(0.5, (3, 20, 3)), (1, (3, 12, 20, 12, 3)), (2, (3, 6, 12, 18, 20, 18, 12, 6, 3))],
)
def test_sharpen_follows_the_curve_of_sharp_over_lightness(sigma: float, weights: tuple[int, ...]) -> None:
    source = drawing.photo(160, 120, noise=10)
    got = lab(drawing.array(picture(drawing.encoded(source, "PNG"), sharpen=sigma)).astype(float))
    light, planes = sharpened(drawing.array(source).astype(float), [part / sum(weights) for part in weights])
    assert abs(got[..., 0] - light).mean() < 0.45
    assert abs(got[..., 1:] - planes[..., 1:]).mean() < 1.2, "colors must stay what they are"
    moved, expected = got[..., 0] - planes[..., 0], light - planes[..., 0]
    assert (moved * expected).sum() / (expected * expected).sum() == pytest.approx(1, abs=0.15)


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA"])
def test_sharpen_keeps_mode_and_alpha(mode: str) -> None:
    source = drawing.photo(40, 30).convert(mode)
    if mode.endswith("A"):
        source.putalpha(drawing.noise(40, 30, "L"))
    result = picture(drawing.encoded(source, "PNG"), sharpen=2)
    assert result.mode == mode
    if mode.endswith("A"):
        assert result.getchannel("A").tobytes() == source.getchannel("A").tobytes()
