"""Blocks from the top left, each the mean of its pixels."""

from __future__ import annotations

import numpy as np

from tests.support import drawing
from tests.support.work import picture

RGB = drawing.photo(120, 80)


def test_pixelate_makes_blocks_from_the_top_left() -> None:
    got = drawing.array(picture(drawing.encoded(RGB, "PNG"), pixelate=16))
    assert (got[:16, :16] == got[0, 0]).all()
    assert (got[64:, 112:] == got[-1, -1]).all()
    assert np.abs(got[0, 0] - drawing.array(RGB)[:16, :16].reshape(-1, 3).mean(axis=0)).max() <= 1
