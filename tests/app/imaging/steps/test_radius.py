"""Rounded corners."""

from __future__ import annotations

import numpy as np
import pytest

from tests.support import drawing
from tests.support.drawing import flat
from tests.support.work import picture


def test_radius_cuts_corners_only() -> None:
    got = drawing.array(picture(flat(9, 9, 9, size=(40, 40)), radius=10, format="png"))
    assert [got[y, x, 3] for y in (0, 39) for x in (0, 39)] == [0, 0, 0, 0]
    assert got[0, 20, 3] == got[20, 0, 3] == got[20, 20, 3] == 255
    circle = drawing.array(picture(flat(9, 9, 9, size=(40, 40)), radius="max", format="png"))[..., 3]
    assert (circle / 255).sum() == pytest.approx(np.pi * 400, rel=0.01)
    assert (circle == circle[::-1]).all()
    assert (circle == circle.T).all()


def test_a_line_of_one_pixel_has_no_corners_to_cut() -> None:
    got = drawing.array(picture(flat(9, 9, 9, size=(40, 1)), radius=10, format="png").convert("RGBA"))
    assert (got[..., 3] == 255).all()


def test_what_was_transparent_stays_so() -> None:
    got = drawing.array(picture(flat(9, 9, 9, 77, size=(40, 40)), radius=10, format="png"))
    assert (got[20, 20, 3], got[0, 0, 3]) == (77, 0)
