"""Sizes and boxes as arithmetic: what is refused, what the decoder may shrink, and invariants of every plan."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from app import imaging
from app.core.errors import InvalidParameter, OutputTooLarge
from app.imaging import geometry
from app.imaging.resize_plan import GRAVITIES, ResizePlan, shrink
from app.options import ResizeOptions
from tests.support import drawing
from tests.support.work import LIMITS, options


def plan(size: tuple[int, int], orientation: int = 1, **query: Any) -> ResizePlan:
    return geometry.plan(size, orientation, options(**query))


def test_crop_outside_the_source_names_itself_and_the_size() -> None:
    with pytest.raises(InvalidParameter) as caught:
        plan((400, 300), 6, crop="0,0,301,10")
    (error,) = caught.value.errors
    assert (error.parameter, error.received) == ("crop", "0,0,301,10")
    assert "300×400" in error.detail


@pytest.mark.parametrize("crop", ["0,0,401,300", "0,0,400,301", "400,0,1,1", "0,300,1,1", "1,0,400,1", "0,1,1,300"])
def test_a_crop_may_not_leave_either_side(crop: str) -> None:
    with pytest.raises(InvalidParameter):
        plan((400, 300), crop=crop)


@pytest.mark.parametrize("crop", ["0,0,400,300", "399,299,1,1"])
def test_a_crop_may_reach_the_edges(crop: str) -> None:
    x, y, width, height = map(int, crop.split(","))
    assert plan((400, 300), crop=crop).box == (x, y, x + width, y + height)


def test_a_side_may_be_as_long_as_the_limit() -> None:
    assert plan((10, 10), width=8192, height=8, fit="fill", upscale=True).canvas == (8192, 8)
    assert plan((8192, 2)).canvas == (8192, 2)


def test_what_is_turned_by_any_angle_is_not_enlarged_before() -> None:
    """The turn itself enlarges it, in the same transform."""
    assert plan((40, 30), rotate=33, width=4000, upscale=True).scaled == (40, 30)
    assert plan((400, 300), rotate=33, width=100).scaled[0] < 100


def test_a_line_one_pixel_wide_cannot_be_enlarged_without_limit() -> None:
    """Its height follows its width: 8000 times as wide is 64 million pixels high."""
    line = drawing.encoded(Image.new("L", (1, 8000)), "PNG")
    for fit in ("inside", "outside", "cover"):
        with pytest.raises(OutputTooLarge):
            imaging.prepare(line, options(width=8000, upscale=True, fit=fit), LIMITS)
    with pytest.raises(OutputTooLarge):
        imaging.prepare(line, options(width=8000, height=8000, upscale=True, fit="fill"), LIMITS)


def shrink_of(planned: ResizePlan, format: str) -> int:
    return shrink(format, planned.box_size, planned.scaled)


@pytest.mark.parametrize(
    ("ratio", "by"), [(1, 1), (2.7, 1), (2.8, 2), (5.5, 2), (5.6, 4), (11.1, 4), (11.2, 8), (99, 8)]
)
def test_the_decoder_shrinks_no_further_than_quality_allows(ratio: float, by: int) -> None:
    width = round(100 * ratio)
    assert shrink_of(plan((width, width), width=100, upscale=True), "jpeg") == by
    assert shrink_of(plan((width, width), width=100, upscale=True), "png") == 1


def test_a_tall_box_does_not_defeat_the_scaled_decode() -> None:
    assert shrink_of(plan((4000, 3000), width=480, height=8000), "jpeg") == 4


@pytest.mark.parametrize(
    ("width", "height", "by"), [(100, 2900, 1), (3900, 100, 1), (100, 100, 8), (1000, 300, 2), (300, 1000, 2)]
)
def test_the_axis_that_is_reduced_less_decides_how_far_the_decoder_shrinks(width: int, height: int, by: int) -> None:
    """Else fit=fill would stretch what the decoder has thrown away."""
    assert shrink_of(plan((4000, 3000), width=width, height=height, fit="fill"), "jpeg") == by


SIDE = st.integers(1, 9000)
FITS = st.sampled_from(["inside", "cover", "contain", "fill", "outside"])
OPTIONS = st.builds(
    ResizeOptions,
    width=st.none() | st.integers(1, 8192),
    height=st.none() | st.integers(1, 8192),
    fit=FITS,
    gravity=st.sampled_from(list(GRAVITIES)),
    focal=st.none() | st.tuples(st.floats(0, 1), st.floats(0, 1)),
    upscale=st.booleans(),
    dpr=st.floats(0.5, 5),
    rotate=st.sampled_from([0, 90, 180, 270]),
    flip=st.booleans(),
    flop=st.booleans(),
)


@given(width=SIDE, height=SIDE, orientation=st.integers(1, 8), chosen=OPTIONS)
@settings(max_examples=300, deadline=None)
def test_every_plan_stays_within_source_and_canvas(
    width: int, height: int, orientation: int, chosen: ResizeOptions
) -> None:
    made = geometry.plan((width, height), orientation, chosen)
    x0, y0, x1, y1 = made.box
    assert 0 <= x0 < x1 <= width
    assert 0 <= y0 < y1 <= height
    assert min(made.canvas) >= 1
    assert 0 <= made.offset[0] <= made.canvas[0] - made.picture[0]
    assert 0 <= made.offset[1] <= made.canvas[1] - made.picture[1]
    if not chosen.upscale:
        assert made.scaled[0] <= max(1, x1 - x0)
        assert made.scaled[1] <= max(1, y1 - y0)


@given(width=SIDE, height=SIDE, chosen=OPTIONS)
@settings(max_examples=200, deadline=None)
def test_proportions_are_kept_within_a_pixel(width: int, height: int, chosen: ResizeOptions) -> None:
    made = geometry.plan((width, height), 1, chosen)
    if chosen.fit == "fill" and chosen.width and chosen.height:
        return
    # One scale, rounded half up on each axis, must explain both sides.
    least, most = 0.0, float("inf")
    for kept, resized in (
        (made.box[2] - made.box[0], made.scaled[0]),
        (made.box[3] - made.box[1], made.scaled[1]),
    ):
        least = max(least, (resized - 0.5) / kept if resized > 1 else 0.0)
        most = min(most, (resized + 0.5) / kept)
    assert least <= most * (1 + 1e-9)
