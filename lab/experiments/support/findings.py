"""What an experiment found, as frozen values that become JSON, a page and charts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from lab.experiments.support.load import Sample
from measurement.results import Figure, Spread

Points = tuple[tuple[float, float], ...]


class LineChart(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A chart of one line per name, over points (x, y)."""

    title: str
    across: str
    up: str
    lines: Mapping[str, Points]


class BarChart(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A chart of one bar per case, in one or several parts: case -> part -> value, in the unit ``across``."""

    title: str
    across: str
    cases: Mapping[str, Mapping[str, float]]


class Span(msgspec.Struct, frozen=True):
    """A container was in ``state`` (a word of lab.timeline.State) between two times, in seconds."""

    begin: float
    end: float
    state: str


class TimelineChart(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A chart of one row per container with time running to the right, in the colours of the live page."""

    title: str
    rows: Mapping[str, tuple[Span, ...]]


Chart = LineChart | BarChart | TimelineChart


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One experiment's answer to one claim.

    ``claim`` is what people say, ``method`` how it was tried, ``verdict`` one sentence made from the
    figures; ``holds`` says whether the claim survived (None: neither). ``seconds`` is what the run took.
    ``samples`` are requests as they went, for a simulation to repeat, with a fleet that kept idle containers
    ``idle_s`` seconds and had ``limit`` places.
    """

    title: str
    claim: str
    method: str
    figures: tuple[Figure, ...]
    verdict: str
    holds: bool | None = None
    charts: tuple[Chart, ...] = ()
    command: str = ""
    date: str = ""
    quick: bool = False
    seconds: float = 0.0
    samples: tuple[Sample, ...] = ()
    idle_s: float = 300.0
    limit: int = 1000


def figure(case: str, measure: str, values: Iterable[float], *, unit: str = "") -> Figure:
    """Return one cell of the table: of ``case`` the ``measure``, with the spread of ``values``.

    Counts are kept as they are; what was measured has three digits that mean something.
    """
    return Figure(case=case, measure=measure, unit=unit, spread=Spread.of(map(_told, values), digits=6))


def _told(value: float) -> float:
    if value == int(value) or abs(value) >= 1000:
        return round(value)
    return float(f"{value:.3g}")


class Findings(msgspec.Struct, frozen=True, kw_only=True):
    """The contents of lab/results.json: experiments by name, all of one machine."""

    machine: Mapping[str, str]
    experiments: Mapping[str, Finding]

    def over(self, older: Findings | None) -> Findings:
        """Return these findings with those of ``older`` that the same machine made and this run did not repeat."""
        if older is None or older.machine != self.machine:
            return self
        return msgspec.structs.replace(self, experiments={**older.experiments, **self.experiments})
