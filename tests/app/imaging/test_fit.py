"""What fit, gravity, focal, aspect and dpr make of a size."""

from __future__ import annotations

from typing import Any

import pytest

from app.imaging import geometry
from app.imaging.resize_plan import ResizePlan
from tests.support.gravities import PLACES
from tests.support.work import options


def plan(size: tuple[int, int], orientation: int = 1, **query: Any) -> ResizePlan:
    return geometry.plan(size, orientation, options(**query))


@pytest.mark.parametrize(
    ("size", "query", "result"),
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
        ((400, 300), {"width": 200, "height": 800, "fit": "fill"}, (200, 300)),
        ((400, 300), {"width": 200, "height": 800, "fit": "cover"}, (75, 300)),
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
def test_sizes(size: tuple[int, int], query: dict[str, Any], result: tuple[int, int]) -> None:
    assert plan(size, **query).canvas == result


@pytest.mark.parametrize(("gravity", "place"), PLACES.items())
def test_gravity_chooses_the_part_that_cover_keeps(gravity: str, place: tuple[int, int]) -> None:
    left, top = 50 * place[0], 50 * place[1]
    assert plan((400, 300), width=30, height=30, fit="cover", gravity=gravity).box == (left, 0, left + 300, 300)
    assert plan((300, 400), width=30, height=30, fit="cover", gravity=gravity).box == (0, top, 300, top + 300)


@pytest.mark.parametrize(("gravity", "place"), PLACES.items())
def test_gravity_places_the_picture_that_contain_surrounds(gravity: str, place: tuple[int, int]) -> None:
    assert plan((400, 200), width=100, height=100, fit="contain", gravity=gravity).offset == (0, 25 * place[1])
    assert plan((200, 400), width=100, height=100, fit="contain", gravity=gravity).offset == (25 * place[0], 0)


@pytest.mark.parametrize(
    ("focal", "left"), [("0,0", 0), ("0.5,0.5", 50), ("1,1", 100), ("0.4,0.9", 10), ("0.2,0.5", 0)]
)
def test_focal_stays_in_the_middle_as_far_as_the_source_reaches(focal: str, left: int) -> None:
    assert plan((400, 300), width=30, height=30, fit="cover", focal=focal).box == (left, 0, left + 300, 300)


@pytest.mark.parametrize(
    ("query", "offset"),
    [
        ({}, (0, 12)),
        ({"gravity": "north"}, (0, 0)),
        ({"gravity": "southeast"}, (0, 25)),
        ({"focal": "0,1"}, (0, 25)),
        ({"width": 600, "height": 301}, (100, 0)),
    ],
)
def test_where_contain_puts_the_picture(query: dict[str, Any], offset: tuple[int, int]) -> None:
    assert plan((400, 300), **{"width": 100, "height": 100, "fit": "contain", **query}).offset == offset


@pytest.mark.parametrize(
    ("focal", "at"), [("0,0", 0), ("0.3,0.3", 20), ("0.5,0.5", 100), ("0.6,0.6", 140), ("1,1", 200)]
)
def test_focal_moves_along_either_axis(focal: str, at: int) -> None:
    """A square of 200 is kept, whose middle is the point, and a margin of 200 is free."""
    assert plan((400, 200), width=20, height=20, fit="cover", focal=focal).box == (at, 0, at + 200, 200)
    assert plan((200, 400), width=20, height=20, fit="cover", focal=focal).box == (0, at, 200, at + 200)


@pytest.mark.parametrize(
    ("query", "box"),
    [
        ({"gravity": "northwest"}, (100, 50, 160, 110)),
        ({"gravity": "east"}, (140, 50, 200, 110)),
        ({"focal": "0,0"}, (100, 50, 160, 110)),
        ({"focal": "0.6,0"}, (130, 50, 190, 110)),
        ({"focal": "1,1"}, (140, 50, 200, 110)),
    ],
)
def test_cover_chooses_within_what_crop_has_kept(query: dict[str, Any], box: tuple[int, ...]) -> None:
    assert plan((400, 300), crop="100,50,100,60", width=20, height=20, fit="cover", **query).box == box


def test_what_is_only_cut_out_lies_on_whole_pixels() -> None:
    made = plan((401, 300), width=900, height=900, fit="cover")
    assert (made.box, made.canvas) == ((50, 0, 350, 300), (300, 300))
