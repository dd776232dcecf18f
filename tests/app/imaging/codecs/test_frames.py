"""How an animation is timed once its format counts in whole units."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.imaging.codecs.frames import MAX_DURATION, Timing


@pytest.mark.parametrize(
    ("durations", "unit", "whole"),
    [
        ((40.0, 40.0), 1, [40, 40]),
        ((33.4, 33.4, 33.4), 1, [33, 34, 33]),  # 100.2 in all
        ((14.0, 14.0, 14.0, 14.0, 14.0), 10, [10, 20, 10, 20, 10]),  # 70 in all
        ((0.0, 4.0), 10, [0, 0]),
        ((-5.0, 20.0), 10, [0, 20]),
        ((1e9,), 10, [MAX_DURATION]),
    ],
)
def test_durations_are_rounded_to_the_unit(durations: tuple[float, ...], unit: int, whole: list[int]) -> None:
    assert Timing(durations).whole(unit) == whole


@given(st.lists(st.floats(0, 10_000), min_size=1, max_size=40), st.sampled_from([1, 10]))
def test_rounding_keeps_the_total(durations: list[float], unit: int) -> None:
    whole = Timing(tuple(durations)).whole(unit)
    assert len(whole) == len(durations)
    assert all(each >= 0 and each % unit == 0 for each in whole)
    assert abs(sum(whole) - sum(durations)) <= unit / 2 + 1e-6


def test_no_frame_shows_longer_than_the_most() -> None:
    assert Timing((100.0, 900.0)).whole(10, most=500) == [100, 500]
