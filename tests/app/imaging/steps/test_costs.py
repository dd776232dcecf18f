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
from tests.support import drawing, profiles
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


@pytest.mark.parametrize("mode", ["CMYK", "LAB"])
def test_inks_and_lab_are_converted_in_the_size_that_they_are_decoded_in(mode: str) -> None:
    """They were estimated as if they were converted in the size of the result."""
    large = replace(PHOTO, format="tiff", mode=mode, profile=profiles.cmyk(), stored_width=3000, stored_height=2000)
    work = planned(large, options(width=100, format="jpeg"), LIMITS)
    cost = costs.srgb(Planned(work.header, work.options, work.plan, work.size))
    assert cost.memory == 4 * 3000 * 2000
    assert cost.cpu > 0.3


@pytest.mark.parametrize("query", [{"width": 2000}, {"width": 60}])
@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
def test_the_copy_of_what_crop_keeps_is_counted(mode: str, query: dict[str, Any]) -> None:
    """All of it where it is reduced so much that bands would be as large, a few bands otherwise."""
    large = replace(PHOTO, format="png", mode=mode, alpha=mode == "RGBA", stored_width=4000, stored_height=3000)
    whole, cut = (
        planned(large, options(format="png", crop=crop, **query), LIMITS) for crop in ("0,0,4000,3000", "1,1,3998,2998")
    )
    memory = [costs.resize(Planned(work.header, work.options, work.plan, work.size)).memory for work in (whole, cut)]
    bytes_each = 1 if mode == "L" else 4
    banded = query["width"] == 2000 and native_resampler() is not None
    if banded:
        assert memory[1] < memory[0] + 3 * bytes_each * (1 << 20)
    else:
        assert memory[1] > memory[0] + 0.9 * bytes_each * 3998 * 2998
