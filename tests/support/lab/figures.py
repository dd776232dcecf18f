"""Looks up figures of a finding."""

from __future__ import annotations

from collections.abc import Callable

from lab.experiments.support.findings import Finding
from measurement.figures import Spread

# the quick run of an experiment, by name
RunQuick = Callable[[str], Finding]


def spread(finding: Finding, case: str, measure: str) -> Spread:
    """Return the spread of one figure."""
    spreads = [each.spread for each in finding.figures if (each.case, each.measure) == (case, measure)]
    names = [(each.case, each.measure) for each in finding.figures]
    assert len(spreads) == 1, f"{case}, {measure}: {len(spreads)} figures of {names}"
    return spreads[0]


def median(finding: Finding, case: str, measure: str) -> float:
    """Return the median of one figure."""
    return spread(finding, case, measure).median


def cases(finding: Finding, measure: str) -> list[str]:
    """Return the cases that have this measure."""
    return [each.case for each in finding.figures if each.measure == measure]
