"""The patterns of numbers against counting."""

from __future__ import annotations

import re

import pytest

from app.openapi.number_patterns import decimals, integers

RANGES = [(0, 1), (1, 100), (0, 100), (2, 256), (1, 8192), (100, 33_554), (7, 7), (19, 21), (95, 1_005)]


@pytest.mark.parametrize(("low", "high"), RANGES)
def test_integers_are_those_of_the_range(low: int, high: int) -> None:
    pattern = re.compile(integers(low, high))
    found = [number for number in range(high + 300) if pattern.fullmatch(str(number))]
    assert found == list(range(low, high + 1))


@pytest.mark.parametrize("text", ["", "-1", "+1", "01", "1.0", "1e1", " 1", "٥"])
def test_other_text_is_no_integer(text: str) -> None:
    assert not re.fullmatch(integers(0, 8192), text)


@pytest.mark.parametrize(("low", "high"), [(0, 1), (0.5, 5), (0.3, 250), (0.1, 10), (0.01, 1), (0, 4), (0, 360)])
def test_decimals_are_those_of_the_range(low: float, high: float) -> None:
    pattern = re.compile(decimals(low, high))
    for places in (0, 1, 2, 3):
        step = 10**-places
        for count in range(int((high + 2) / step) if places < 3 else 1200):
            text = f"{count * step:.{places}f}"
            assert bool(pattern.fullmatch(text)) == (low <= float(text) <= high), text
