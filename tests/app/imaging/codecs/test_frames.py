"""How an animation is timed once its format counts in whole units."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.imaging.codecs.frames import MAX_DURATION, SLOWED, Timing


@pytest.mark.parametrize(
    ("durations", "unit", "whole"),
    [
        ((40.0, 40.0), 1, [40, 40]),
        ((33.4, 33.4, 33.4), 1, [33, 34, 33]),  # 100.2 in all
        ((33.0, 33.0, 33.0), 10, [30, 40, 30]),
        ((0.0, 4.0), 10, [0, 0]),
        ((-5.0, 20.0), 10, [0, 20]),
        ((1e9,), 10, [MAX_DURATION]),
        ((10.0, 10.0, 10.0), 10, [10, 10, 10]),  # browsers slow the source down as well
    ],
)
def test_durations_are_rounded_to_the_unit(durations: tuple[float, ...], unit: int, whole: list[int]) -> None:
    frames, timing = Timing(durations, plays=3).rounded_to(unit)
    assert list(timing.durations) == whole
    assert frames == list(range(len(durations)))
    assert timing.plays == 3


@pytest.mark.parametrize("duration", [11.0, 14.0, 16.0, 1000 / 60, 19.0])
def test_frames_are_left_out_where_rounding_would_make_them_too_short_to_be_played(duration: float) -> None:
    frames, timing = Timing((duration,) * 125).rounded_to(10)
    assert set(timing.durations) <= {20, 30}
    assert abs(sum(timing.durations) - 125 * duration) <= 10
    assert frames == sorted(set(frames))
    assert frames[0] == 0


def test_milliseconds_are_not_rounded_to_what_browsers_slow_down() -> None:
    _, timing = Timing((1000 / 96,) * 96).rounded_to(1)
    assert min(timing.durations) > SLOWED
    assert abs(sum(timing.durations) - 1000) <= 6


@given(st.lists(st.floats(0, 10_000), min_size=1, max_size=40), st.sampled_from([1, 10]))
def test_rounding_keeps_the_total(durations: list[float], unit: int) -> None:
    frames, timing = Timing(tuple(durations)).rounded_to(unit)
    assert len(frames) == len(timing.durations)
    assert all(each >= 0 and each % unit == 0 for each in timing.durations)
    assert abs(sum(timing.durations) - sum(durations)) <= 10 + 1e-6
    for index, whole in zip(frames, timing.durations, strict=True):
        assert whole > SLOWED or durations[index] <= SLOWED
