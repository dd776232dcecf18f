"""What trim may lead to is bounded by the source and the request, and never estimated too low."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from app.core.config import Limits
from app.imaging import geometry
from app.imaging.cost.estimate import check_trimmed
from app.imaging.cost.trimmed import largest_canvas
from app.imaging.headers import Header
from app.imaging.steps.costs import Planned, area
from app.imaging.work import planned
from tests.support import drawing
from tests.support.work import LIMITS, options, prepared

MIB = 1024 * 1024

SMALL = Limits(max_side=200)
REQUESTS = [
    {"width": width, "height": height, **more}
    for width, height in product((None, 3, 20), (None, 4, 30))
    for more in ({}, {"aspect": "3:1"}, {"dpr": 2}, {"pad": "1,2,3,4"}, {"crop": "1,1,2,2"})
    if "aspect" not in more or (width is None) != (height is None)
]


@pytest.mark.parametrize("fit", ["inside", "outside", "cover", "contain", "fill"])
@pytest.mark.parametrize("rotate", [0, 90, 33])
@pytest.mark.parametrize("upscale", [False, True])
def test_trim_leaves_no_part_that_becomes_larger_than_estimated(fit: str, rotate: int, upscale: bool) -> None:
    for orientation, request in product((1, 6), REQUESTS):
        header = Header(format="png", stored_width=5, stored_height=3, mode="RGB", bytes=100, orientation=orientation)
        given = {name: value for name, value in request.items() if value is not None}
        chosen = options(trim=0, fit=fit, rotate=rotate, upscale=upscale, **given)
        whole = geometry.plan(header.stored_size, orientation, chosen)
        most = largest_canvas(header, whole, chosen, SMALL)
        assert max(most) <= SMALL.max_side
        width, height = chosen.crop[2:] if chosen.crop else (header.width, header.height)
        for part in product(range(1, width + 1), range(1, height + 1)):
            canvas = geometry.plan(part, 1, chosen.without("crop", "trim")).canvas
            assert max(canvas) > SMALL.max_side or area(canvas) <= area(most)


@pytest.mark.parametrize(
    ("query", "most"),
    [
        ({"upscale": True}, (123, 77)),
        ({"upscale": True, "rotate": 90}, (77, 123)),
        ({"upscale": True, "crop": "0,0,40,30"}, (40, 30)),
        ({"upscale": True, "width": 50, "height": 50, "fit": "outside"}, (6150, 50)),
        ({"width": 50, "height": 50, "fit": "outside"}, (123, 50)),
        ({"upscale": True, "width": 50}, (50, 3850)),
        ({"upscale": True, "width": 2000}, (2000, 8192)),
        ({"width": 8192, "height": 8192}, (123, 77)),
        ({"width": 300, "height": 200, "fit": "contain"}, (300, 200)),
        ({"upscale": True, "width": 2000, "pad": 100}, (2200, 8192)),
    ],
)
def test_what_trim_leaves_is_bounded_by_source_and_request(query: dict[str, Any], most: tuple[int, int]) -> None:
    header = Header(format="png", stored_width=123, stored_height=77, mode="RGB", bytes=1000)
    chosen = options(trim=10, **query)
    assert largest_canvas(header, geometry.plan((123, 77), 1, chosen), chosen, LIMITS) == most


@pytest.mark.parametrize("query", [{}, {"width": 50, "height": 50, "fit": "outside"}, {"width": 50}])
def test_a_small_picture_may_be_trimmed_and_enlarged(query: dict[str, Any]) -> None:
    assert prepared(drawing.flat(9, 9, 9, size=(123, 77)), trim=0, upscale=True, **query).cost.memory_bytes < 50 * MIB


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
@pytest.mark.parametrize(
    "query", [{}, {"width": 50}, {"width": 900}, {"height": 60}, {"width": 50, "height": 50, "fit": "outside"}]
)
def test_thin_parts_take_no_more_than_estimated(query: dict[str, Any], mode: str) -> None:
    header = Header(format="png", stored_width=123, stored_height=77, mode=mode, bytes=9000, alpha=mode == "RGBA")
    work = planned(header, options(trim=0, upscale=True, format="jpeg", **query), LIMITS)
    left = work.options.without("trim")
    for part in product((1, 2, 3, 7, 20, 61, 122, 123), (1, 2, 3, 7, 20, 38, 76, 77)):
        plan = geometry.plan(part, 1, left)
        if max(plan.canvas) <= LIMITS.max_side:
            check_trimmed(Planned(header, left, plan, plan.canvas), work.output, watermark=None, known=work.cost)
