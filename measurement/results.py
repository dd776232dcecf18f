"""What an experiment found, as frozen values that become JSON, a table on the terminal, and the README."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from statistics import median
from typing import Literal

import msgspec


class Spread(msgspec.Struct, frozen=True):
    """The middle of some measurements and how far they lay apart."""

    median: float
    min: float
    max: float
    n: int

    @classmethod
    def of(cls, values: Iterable[float], *, digits: int = 4) -> Spread:
        """Return the spread of ``values``; raise ValueError when there are none."""
        numbers = sorted(values)
        if not numbers:
            raise ValueError("expected at least one measurement, received none")
        # adding zero makes a zero of what was rounded to minus zero
        middle, low, high = (round(number, digits) + 0.0 for number in (median(numbers), numbers[0], numbers[-1]))
        return cls(middle, low, high, len(numbers))


def ratios(ours: Sequence[float], theirs: Sequence[float]) -> list[float]:
    """Return ours over theirs, round by round: both halves of a pair met the same state of the machine."""
    return [mine / other for mine, other in zip(ours, theirs, strict=True)]


class Limit(msgspec.Struct, frozen=True):
    """What the median of a figure has to keep to."""

    value: float
    sense: Literal["at most", "at least"] = "at most"


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One measured cell: of ``case`` the ``measure``, in ``unit``."""

    case: str
    measure: str
    unit: str
    spread: Spread
    limit: Limit | None = None

    @property
    def met(self) -> bool | None:
        """Say whether the limit is kept; None where there is none."""
        if self.limit is None:
            return None
        if self.limit.sense == "at most":
            return self.spread.median <= self.limit.value
        return self.spread.median >= self.limit.value


class Experiment(msgspec.Struct, frozen=True, kw_only=True):
    """All figures of one run of one experiment, and how they came about."""

    title: str
    method: str
    figures: tuple[Figure, ...]
    command: str = ""
    date: str = ""
    quick: bool = False


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """The contents of results.json; every experiment in it ran on this machine with these versions."""

    machine: Mapping[str, str]
    versions: Mapping[str, str]
    sources: Mapping[str, str]
    experiments: Mapping[str, Experiment]

    def missed(self) -> list[Figure]:
        """Return the figures that break their limit."""
        return [f for e in self.experiments.values() for f in e.figures if f.met is False]

    def over(self, older: Report | None) -> Report:
        """Return this report with those experiments of ``older`` that only a like machine and build can have made."""
        if older is None or self._surroundings() != older._surroundings():
            return self
        return msgspec.structs.replace(self, experiments={**older.experiments, **self.experiments})

    def _surroundings(self) -> tuple[Mapping[str, str], ...]:
        return self.machine, self.versions, self.sources


def encode(report: Report) -> bytes:
    """Return the JSON text of ``report``; ``met`` is written out for readers of the file."""
    tree = msgspec.to_builtins(report)
    for name, experiment in report.experiments.items():
        for cell, figure in zip(tree["experiments"][name]["figures"], experiment.figures, strict=True):
            cell["met"] = figure.met
    return msgspec.json.format(msgspec.json.encode(tree), indent=1) + b"\n"


def decode(text: bytes) -> Report:
    """Read back what ``encode`` wrote; raise msgspec.ValidationError on anything else."""
    return msgspec.json.decode(text, type=Report)
