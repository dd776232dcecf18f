"""Looks up what an experiment's table says."""

from __future__ import annotations

from lab.experiments.support.findings import Finding
from measurement.results import Spread


def spread(found: Finding, case: str, measure: str) -> Spread:
    """Return one cell of the table."""
    cells = [each.spread for each in found.figures if (each.case, each.measure) == (case, measure)]
    assert len(cells) == 1, f"{case}, {measure}: {len(cells)} cells of {[(f.case, f.measure) for f in found.figures]}"
    return cells[0]


def median(found: Finding, case: str, measure: str) -> float:
    """Return the median of one cell."""
    return spread(found, case, measure).median


def cases(found: Finding, measure: str) -> list[str]:
    """Return the cases that have a measure."""
    return [each.case for each in found.figures if each.measure == measure]
