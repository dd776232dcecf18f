from __future__ import annotations

import numpy as np
import pytest

from bench.quality.delta_e import ciede2000, lab

# pairs 1, 7, 13, 17 and 25 of the table in the paper, with their differences
PUBLISHED = [
    ((50.0, 2.6772, -79.7751), (50.0, 0.0, -82.7485), 2.0425),
    ((50.0, 0.0, 0.0), (50.0, -1.0, 2.0), 2.3669),
    ((50.0, -0.001, 2.49), (50.0, 0.0009, -2.49), 4.8045),
    ((50.0, 2.5, 0.0), (73.0, 25.0, -18.0), 27.1492),
    ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
]


@pytest.mark.parametrize(("one", "other", "difference"), PUBLISHED)
def test_published_pairs(one: tuple[float, ...], other: tuple[float, ...], difference: float) -> None:
    found = ciede2000(np.array([one]), np.array([other]))
    assert found[0] == pytest.approx(difference, abs=1e-4)


def test_white_and_red_have_their_coordinates() -> None:
    found = lab(np.array([[255.0, 255, 255], [255.0, 0, 0]]))
    assert found[0] == pytest.approx([100, 0, 0], abs=0.01)
    assert found[1] == pytest.approx([53.24, 80.09, 67.20], abs=0.01)
