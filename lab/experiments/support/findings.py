"""The findings of experiments, as frozen values that become JSON, a page and charts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, Literal

import msgspec

from measurement.earlier_runs import differences, with_kernels
from measurement.figures import Figure, Spread
from measurement.plain import DIGITS, plain

Points = tuple[tuple[float, float], ...]

# why a verdict may be believed; the lab follows AWS's rules, so that it cannot confirm them
Basis = Literal["measured here", "follows from AWS's documented rule", "cannot be decided on this machine"]
MEASURED: Final = "measured here"
DOCUMENTED: Final = "follows from AWS's documented rule"
UNDECIDED: Final = "cannot be decided on this machine"
BASES: Final[Mapping[Basis, str]] = {
    MEASURED: "real processes did this on the machine named below",
    DOCUMENTED: "the lab copies the rule; the figures show what comes of it",
    UNDECIDED: "AWS has what it depends on, and this machine has not",
}


class LineChart(msgspec.Struct, frozen=True, kw_only=True, tag="lines"):
    """One line per name, over points (x, y); ``across`` and ``up`` are the labels of the axes."""

    title: str
    across: str
    up: str
    lines: Mapping[str, Points]


class BarChart(msgspec.Struct, frozen=True, kw_only=True, tag="bars"):
    """One bar per case, stacked from its parts: case -> part -> value, in the unit ``across``."""

    title: str
    across: str
    cases: Mapping[str, Mapping[str, float]]


class Span(msgspec.Struct, frozen=True, array_like=True):
    """A container was in ``state``, a ContainerState, between two times in seconds."""

    begin: float
    end: float
    state: str


class TimelineChart(msgspec.Struct, frozen=True, kw_only=True, tag="timeline"):
    """One row per container over time, in the colors of the live page."""

    title: str
    rows: Mapping[str, tuple[Span, ...]]


Chart = LineChart | BarChart | TimelineChart


class Finding(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One experiment's answer to one claim.

    ``claim`` is what people say, ``method`` how it was tested, ``verdict`` one sentence made from the
    figures; ``holds`` says whether the claim held up, None when only in part or when that cannot be decided.
    ``basis`` is why to believe the verdict; without one it claims nothing. ``seconds`` is how long it took, ``run``
    when the command began, to the second: the same for all that it ran. ``date`` is its day. ``kernel`` is that of the
    run, empty if it is the file's.
    """

    title: str
    claim: str
    method: str
    verdict: str
    figures: tuple[Figure, ...]
    holds: bool | None = None
    basis: Basis = UNDECIDED
    charts: tuple[Chart, ...] = ()
    command: str = ""
    date: str = ""
    run: str = ""
    kernel: str = ""
    quick: bool = False
    seconds: float = 0.0


class Findings(msgspec.Struct, frozen=True, kw_only=True):
    """The contents of lab/results.json: findings by experiment, all from one machine."""

    machine: Mapping[str, str]
    experiments: Mapping[str, Finding]

    def over(self, older: Findings) -> Findings:
        """Return these findings, and those of ``older`` that this run did not repeat if the machine is the same."""
        if differences(older.machine, self.machine):
            return self
        kept = dict(with_kernels(older.experiments, older.machine, self.machine))
        return msgspec.structs.replace(self, experiments={**kept, **self.experiments})


def figure(case: str, measure: str, values: Iterable[float], *, unit: str = "", given: bool = False) -> Figure:
    """Return the cell of the table for ``case`` and ``measure``: the spread of ``values``, or a ``given`` one.

    Counts are kept as they are, measurements to three significant digits.
    """
    spread = Spread.of(map(_significant, values), digits=6)
    return Figure(case=case, measure=measure, unit=unit, spread=spread, given=given)


def in_words(values: Iterable[float]) -> str:
    """Return the median, and where they differ the least and the most in parentheses."""
    spread = figure("", "", values).spread
    middle, least, most = (plain(value, DIGITS) for value in (spread.median, spread.least, spread.most))
    return f"{middle} ({least} to {most})" if spread.least < spread.most else middle


def _significant(value: float) -> float:
    if value == int(value) or abs(value) >= 1000:
        return round(value)
    return float(f"{value:.3g}")
