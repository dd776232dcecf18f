"""Sizes and boxes as arithmetic: tables for what the words mean, properties for what always holds."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.config import Limits
from app.errors import InvalidParameter, OutputTooLarge
from app.imaging import geometry
from app.imaging.geometry import Plan, half_up
from app.options import ResizeOptions
from tests.support.work import LIMITS, options


def plan(size: tuple[int, int], orientation: int = 1, **wanted: Any) -> Plan:
    return geometry.plan(size, orientation, options(**wanted), LIMITS)


@pytest.mark.parametrize(
    ("size", "wanted", "result"),
    [
        ((400, 300), {}, (400, 300)),
        ((400, 300), {"width": 100}, (100, 75)),
        ((400, 300), {"height": 100}, (133, 100)),
        ((400, 300), {"width": 100, "height": 100}, (100, 75)),
        ((400, 300), {"width": 100, "height": 100, "fit": "outside"}, (133, 100)),
        ((400, 300), {"width": 100, "height": 100, "fit": "cover"}, (100, 100)),
        ((400, 300), {"width": 100, "height": 100, "fit": "contain"}, (100, 100)),
        ((400, 300), {"width": 100, "height": 100, "fit": "fill"}, (100, 100)),
        # one dimension: every fit follows the source's own ratio
        ((400, 300), {"width": 100, "fit": "fill"}, (100, 75)),
        ((400, 300), {"width": 100, "fit": "cover"}, (100, 75)),
        ((400, 300), {"width": 800, "fit": "contain"}, (400, 300)),
        # never enlarged
        ((400, 300), {"width": 800}, (400, 300)),
        ((400, 300), {"width": 800, "height": 200}, (267, 200)),
        ((400, 300), {"width": 800, "height": 200, "fit": "outside"}, (400, 300)),
        ((400, 300), {"width": 800, "height": 800, "fit": "cover"}, (300, 300)),
        ((400, 300), {"width": 800, "height": 200, "fit": "cover"}, (400, 100)),
        ((400, 300), {"width": 800, "height": 600, "fit": "contain"}, (800, 600)),
        ((400, 300), {"width": 800, "height": 200, "fit": "fill"}, (400, 200)),
        # unless asked
        ((400, 300), {"width": 800, "upscale": True}, (800, 600)),
        ((400, 300), {"width": 800, "height": 800, "fit": "cover", "upscale": True}, (800, 800)),
        ((400, 300), {"width": 800, "height": 200, "fit": "fill", "upscale": True}, (800, 200)),
        # aspect and dpr
        ((400, 300), {"width": 160, "aspect": "16:9", "fit": "cover"}, (160, 90)),
        ((400, 300), {"height": 90, "aspect": "16:9", "fit": "cover"}, (160, 90)),
        ((400, 300), {"width": 101, "aspect": "2:1", "fit": "fill"}, (101, 51)),
        ((400, 300), {"width": 100, "dpr": 2}, (200, 150)),
        ((400, 300), {"width": 101, "dpr": 0.5, "fit": "fill", "height": 10}, (51, 5)),
        ((400, 300), {"dpr": 2}, (400, 300)),
        ((400, 300), {"width": 10, "height": 10, "dpr": 1.15, "fit": "fill"}, (12, 12)),
        # halves go up, and nothing vanishes
        ((200, 101), {"width": 100}, (100, 51)),
        ((4000, 1), {"width": 10}, (10, 1)),
        ((1, 4000), {"height": 10, "width": 10}, (1, 10)),
        # crop and rotate come first
        ((400, 300), {"crop": "0,0,100,200", "width": 50}, (50, 100)),
        ((400, 300), {"rotate": 90, "width": 150}, (150, 200)),
        ((400, 300), {"crop": "10,10,100,50", "rotate": 270}, (50, 100)),
    ],
)
def test_sizes(size: tuple[int, int], wanted: dict[str, Any], result: tuple[int, int]) -> None:
    assert plan(size, **wanted).canvas == result


@pytest.mark.parametrize(
    ("gravity", "box"),
    [
        ("center", (50, 0, 350, 300)),
        ("west", (0, 0, 300, 300)),
        ("northeast", (100, 0, 400, 300)),
        ("south", (50, 0, 350, 300)),
    ],
)
def test_gravity_chooses_what_cover_keeps(gravity: str, box: tuple[int, ...]) -> None:
    assert plan((400, 300), width=30, height=30, fit="cover", gravity=gravity).box == box


@pytest.mark.parametrize(
    ("focal", "left"), [("0,0", 0), ("0.5,0.5", 50), ("1,1", 100), ("0.4,0.9", 10), ("0.2,0.5", 0)]
)
def test_focal_is_kept_in_the_middle_but_never_leaves_the_source(focal: str, left: int) -> None:
    assert plan((400, 300), width=30, height=30, fit="cover", focal=focal).box == (left, 0, left + 300, 300)


@pytest.mark.parametrize(
    ("wanted", "offset"),
    [
        ({}, (0, 12)),
        ({"gravity": "north"}, (0, 0)),
        ({"gravity": "southeast"}, (0, 25)),
        ({"focal": "0,1"}, (0, 25)),
        ({"width": 600, "height": 301}, (100, 0)),
    ],
)
def test_where_contain_puts_the_picture(wanted: dict[str, Any], offset: tuple[int, int]) -> None:
    assert plan((400, 300), **{"width": 100, "height": 100, "fit": "contain", **wanted}).offset == offset


def test_crop_outside_the_source_names_itself_and_the_size() -> None:
    with pytest.raises(InvalidParameter) as caught:
        plan((400, 300), 6, crop="0,0,301,10")
    (error,) = caught.value.errors
    assert (error.parameter, error.received) == ("crop", "0,0,301,10")
    assert "300×400" in error.detail


@pytest.mark.parametrize(
    ("size", "wanted", "words"),
    [
        ((400, 300), {"width": 5000, "dpr": 2, "upscale": True}, "width and dpr"),
        ((1, 10_000), {"width": 8000, "upscale": True}, "width"),
        ((10_000, 10), {}, "width"),
        ((10, 10), {"height": 8192, "aspect": "2:1", "upscale": True, "fit": "cover"}, "height"),
    ],
)
def test_results_have_a_longest_side(size: tuple[int, int], wanted: dict[str, Any], words: str) -> None:
    with pytest.raises(OutputTooLarge, match=words):
        plan(size, **wanted)


@pytest.mark.parametrize(
    ("ratio", "shrink"), [(1, 1), (2.7, 1), (2.8, 2), (5.5, 2), (5.6, 4), (11.1, 4), (11.2, 8), (99, 8)]
)
def test_the_decoder_shrinks_no_further_than_quality_allows(ratio: float, shrink: int) -> None:
    width = round(100 * ratio)
    assert geometry.shrink(plan((width, width), width=100, upscale=True), "jpeg") == shrink
    assert geometry.shrink(plan((width, width), width=100, upscale=True), "png") == 1


def test_a_tall_box_does_not_defeat_the_scaled_decode() -> None:
    assert geometry.shrink(plan((4000, 3000), width=480, height=8000), "jpeg") == 4


def test_half_up() -> None:
    assert [half_up(Fraction(n, 4)) for n in (0, 1, 2, 5, 6, 7, 10)] == [1, 1, 1, 1, 2, 2, 3]


SIDE = st.integers(1, 9000)
FITS = st.sampled_from(["inside", "cover", "contain", "fill", "outside"])
OPTIONS = st.builds(
    ResizeOptions,
    width=st.none() | st.integers(1, 8192),
    height=st.none() | st.integers(1, 8192),
    fit=FITS,
    gravity=st.sampled_from(list(geometry.GRAVITIES)),
    focal=st.none() | st.tuples(st.floats(0, 1), st.floats(0, 1)),
    upscale=st.booleans(),
    dpr=st.floats(0.5, 5),
    rotate=st.sampled_from([0, 90, 180, 270]),
    flip=st.booleans(),
    flop=st.booleans(),
)
FREE = Limits(max_side=10**9)


@given(width=SIDE, height=SIDE, orientation=st.integers(1, 8), wanted=OPTIONS)
@settings(max_examples=300, deadline=None)
def test_what_always_holds(width: int, height: int, orientation: int, wanted: ResizeOptions) -> None:
    made = geometry.plan((width, height), orientation, wanted, FREE)
    x0, y0, x1, y1 = made.box
    assert 0 <= x0 < x1 <= width
    assert 0 <= y0 < y1 <= height
    assert min(made.canvas) >= 1
    assert 0 <= made.offset[0] <= made.canvas[0] - made.picture[0]
    assert 0 <= made.offset[1] <= made.canvas[1] - made.picture[1]
    if not wanted.upscale:
        assert made.scaled[0] <= max(1, x1 - x0)
        assert made.scaled[1] <= max(1, y1 - y0)


@given(width=SIDE, height=SIDE, wanted=OPTIONS)
@settings(max_examples=200, deadline=None)
def test_proportions_are_kept_within_a_pixel(width: int, height: int, wanted: ResizeOptions) -> None:
    made = geometry.plan((width, height), 1, wanted, FREE)
    if wanted.fit == "fill" and wanted.width and wanted.height:
        return
    # Some one scale, rounded half up on each axis, must explain both sides.
    least, most = 0.0, float("inf")
    for kept, resized in (
        (made.box[2] - made.box[0], made.scaled[0]),
        (made.box[3] - made.box[1], made.scaled[1]),
    ):
        least = max(least, (resized - 0.5) / kept if resized > 1 else 0.0)
        most = min(most, (resized + 0.5) / kept)
    assert least <= most * (1 + 1e-9)
