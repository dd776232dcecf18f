"""Builds figures for tests."""

from __future__ import annotations

from measurement.figures import Figure, Spread, Target


def figure(
    case: str,
    measure: str,
    value: float,
    unit: str = "",
    target: Target | None = None,
    *,
    n: int = 1,
    given: bool = False,
) -> Figure:
    """Return a figure of ``n`` measurements with the same result."""
    return Figure(case=case, measure=measure, unit=unit, spread=Spread.of([value] * n), target=target, given=given)
