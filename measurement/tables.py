"""Writes figures as Markdown tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from measurement.figures import Figure, Target
from measurement.plain import plain

# a table with more columns than this is transposed
MAX_COLUMNS = 10


def table(figures: Sequence[Figure]) -> str:
    """Return a table with a column for each case and a row for each measure, or the reverse when cases are many."""
    cases, rows = pivot(figures)
    if len(cases) <= MAX_COLUMNS:
        return markdown_table(cases, rows)
    measures = [row[0] for row in rows]
    return markdown_table(measures, ([case, *(row[at] for row in rows)] for at, case in enumerate(cases, 1)))


def pivot(figures: Sequence[Figure]) -> tuple[list[str], list[list[str]]]:
    """Return the cases, and for each measure a row: its name, then a cell for each case."""
    cases = list(dict.fromkeys(figure.case for figure in figures))
    by_place = {(figure.measure, figure.case): figure for figure in figures}
    measures = dict.fromkeys(figure.measure for figure in figures)
    return cases, [[name, *(cell(by_place.get((name, case))) for case in cases)] for name in measures]


def markdown_table(headings: Iterable[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table; the first column has no heading and is aligned left, the others right."""
    headings = list(headings)
    lines = [f"| | {' | '.join(headings)} |", f"|---{'|---:' * len(headings)}|"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])


def cell(figure: Figure | None) -> str:
    """Return the median with its unit, its spread or that it has none, and whether a target was met; empty for None.

    What was given instead of measured has no spread, and says nothing about it.
    """
    if figure is None:
        return ""
    unit = f" {figure.unit}".rstrip()
    text = f"{_number(figure.spread.median)}{unit}"
    if figure.spread.n > 1:
        text += f" ({_number(figure.spread.least)}..{_number(figure.spread.most)})"
    elif not figure.given:
        text += " (n = 1)"
    if figure.target:
        text += f", target {target_text(figure.target)}: {'met' if figure.met else '**missed**'}"
    return text


def _number(value: float) -> str:
    """Return six digits of a fraction, and every digit of a whole number: of a limit in bytes the last one counts."""
    return f"{value:.0f}" if value == round(value) or abs(value) >= 1e5 else f"{value:g}"


def target_text(target: Target) -> str:
    """Return the target with its sign, as in ``≤ 0.9``."""
    return f"{'≤' if target.sense == 'at most' else '≥'} {plain(target.value, 3)}"
