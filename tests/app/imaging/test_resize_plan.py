"""Rounding, which every size goes through."""

from __future__ import annotations

from fractions import Fraction

from app.imaging.resize_plan import half_up


def test_half_up() -> None:
    assert [half_up(Fraction(n, 4)) for n in (0, 1, 2, 5, 6, 7, 10)] == [1, 1, 1, 1, 2, 2, 3]
