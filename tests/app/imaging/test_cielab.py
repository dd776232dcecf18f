"""Conversions between linear light, sRGB and CIELAB, against published values and each other."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.imaging.cielab import linear, to_lab, to_srgb

# CIELAB under D65, as colorimetric tables have it.
PUBLISHED = {
    (255, 255, 255): (100.0, 0.0, 0.0),
    (119, 119, 119): (50.03, 0.0, 0.0),
    (255, 0, 0): (53.24, 80.09, 67.20),
    (0, 0, 255): (32.30, 79.19, -107.86),
    (0, 0, 0): (0.0, 0.0, 0.0),
}


@pytest.mark.parametrize("color", PUBLISHED)
def test_colors_have_their_published_lab(color: tuple[int, int, int]) -> None:
    assert to_lab(*(linear(part / 255) for part in color)) == pytest.approx(PUBLISHED[color], abs=0.05)


@given(color=st.tuples(*3 * [st.floats(0, 1)]))
def test_the_way_back_is_the_same(color: tuple[float, float, float]) -> None:
    assert to_srgb(*to_lab(*(linear(part) for part in color))) == pytest.approx(color, abs=1e-4)


@given(light=st.floats(0, 100), a=st.floats(-200, 200), b=st.floats(-200, 200))
def test_colors_beyond_srgb_are_clipped(light: float, a: float, b: float) -> None:
    assert all(0 <= part <= 1 for part in to_srgb(light, a, b))
