"""What the steps are estimated to take."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from app import imaging
from app.imaging.native_resampler import native_resampler
from app.imaging.steps import costs
from app.imaging.steps.costs import Planned
from app.imaging.work import planned
from tests.support import drawing
from tests.support.work import LIMITS, options

PHOTO = imaging.probe(drawing.encoded(drawing.noise(64, 64), "JPEG"), LIMITS)
OPAQUE, GLASS = "ff0000", "ff000080"


@pytest.mark.parametrize(
    ("query", "per_pixel"),
    [
        ({"format": "png"}, 4),
        ({"format": "png", "background": GLASS}, 4),
        ({"format": "png", "pad": 500}, 4),
        ({"format": "png", "pad": 500, "background": OPAQUE}, 4),
        ({"format": "png", "pad": 500, "background": GLASS}, 12),
        ({"format": "png", "fit": "contain", "width": 900, "height": 500, "background": GLASS}, 12),
        ({"format": "png", "radius": 50}, 13),
        ({"format": "png", "rotate": 10, "background": GLASS}, 12),
        ({"format": "png", "radius": 50, "grayscale": True, "background": GLASS}, 16),
    ],
)
def test_a_background_is_counted_over_the_whole_canvas(query: dict[str, Any], per_pixel: int) -> None:
    large = replace(PHOTO, stored_width=4000, stored_height=3000)
    work = planned(large, options(**query), LIMITS)
    cost = costs.flatten(Planned(work.header, work.options, work.plan, work.size))
    assert cost.memory == per_pixel * work.size[0] * work.size[1]


def test_lab_is_resampled_without_simd() -> None:
    """It was estimated as if the library knew its samples: 34 ms for what took 135."""
    spent = []
    for mode in ("RGB", "LAB"):
        large = replace(PHOTO, format="tiff", mode=mode, stored_width=3000, stored_height=2000)
        work = planned(large, options(width=2600, format="jpeg"), LIMITS)
        spent.append(costs.resize(Planned(work.header, work.options, work.plan, work.size)).cpu)
    assert (spent[1] > 2 * spent[0]) is (native_resampler() is not None)
