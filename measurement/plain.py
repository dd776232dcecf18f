"""Writes numbers as people do."""

from __future__ import annotations

from typing import Final

# enough for a measured figure, and for a tick of a chart
DIGITS: Final = 6


def plain(number: float, digits: int = 15) -> str:
    """Return a number of so many significant digits, with commas from five digits on and no exponent above 1."""
    rounded = float(f"{number:.{digits}g}")
    if abs(rounded) >= 1e15:
        return f"{rounded:,.0f}"
    return f"{rounded:,.15g}" if abs(rounded) >= 10_000 else f"{rounded:.15g}"
