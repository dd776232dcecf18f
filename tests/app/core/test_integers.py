"""Whole numbers in the text of a request: what is one, and what costs nothing to refuse."""

from __future__ import annotations

import pytest

from app.core.integers import integer


@pytest.mark.parametrize(("text", "number"), [("1", 1), ("8192", 8192), ("007", 7)])
def test_digits_within_the_bounds_are_a_number(text: str, number: int) -> None:
    assert integer(text, 1, 8192) == number


@pytest.mark.parametrize("text", ["", "0", "8193", "-1", "+1", " 1", "1.0", "1e2", "1_0", "²", "00001", "9" * 9999])
def test_everything_else_is_none(text: str) -> None:
    assert integer(text, 1, 8192) is None
