"""Measured figures as frozen values, from which the tables, the charts and results.json are made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from statistics import median, quantiles
from typing import Literal, TypeVar

import msgspec


class Spread(msgspec.Struct, frozen=True):
    """The median of ``n`` measurements, with the least and the most of them."""

    median: float
    least: float
    most: float
    n: int

    @classmethod
    def of(cls, values: Iterable[float], *, digits: int = 4) -> Spread:
        """Return the spread of ``values``, rounded to ``digits``; raise ValueError when there are none."""
        numbers = sorted(values)
        if not numbers:
            raise ValueError("expected at least one measurement, received none")
        # adding zero turns a negative zero, which rounding can give, into zero
        middle, low, high = (round(number, digits) + 0.0 for number in (median(numbers), numbers[0], numbers[-1]))
        return cls(middle, low, high, len(numbers))


def rounded_median(values: Iterable[float]) -> float:
    """Return the median as a spread has it, rounded to four digits; raise ValueError when there are no values."""
    return Spread.of(values).median


_Name = TypeVar("_Name")


def rivals(best: _Name, spreads: Mapping[_Name, Spread]) -> list[_Name]:
    """Return the others whose spread overlaps with that of the ``best``, the one of the least median."""
    most = spreads[best].most
    return [name for name, spread in spreads.items() if name != best and spread.least <= most]


def ratios(ours: Sequence[float], theirs: Sequence[float]) -> list[float]:
    """Return ours over theirs, round by round: both of a pair ran while the machine was in the same state."""
    return [mine / other for mine, other in zip(ours, theirs, strict=True)]


def p99(values: Sequence[float]) -> float:
    """Return the 99th percentile, interpolated between values."""
    return quantiles(values, n=100, method="inclusive")[98] if len(values) > 1 else float(values[0])


class Target(msgspec.Struct, frozen=True):
    """A bound that the median of a figure should keep to."""

    value: float
    sense: Literal["at most", "at least"] = "at most"


class Figure(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One cell of a table: the result of ``measure`` for ``case``, in ``unit``.

    A ``given`` figure is what the experiment was told, or arithmetic with published numbers: not to be repeated.
    """

    case: str
    measure: str
    unit: str
    spread: Spread
    target: Target | None = None
    given: bool = False

    @property
    def met(self) -> bool | None:
        """Return whether the median meets the target; None without one."""
        if self.target is None:
            return None
        if self.target.sense == "at most":
            return self.spread.median <= self.target.value
        return self.spread.median >= self.target.value
