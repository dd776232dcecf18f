"""Writes experiments as Markdown: one table each, cases across and measures down, or many cases down."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from measurement.results import Experiment, Figure, Limit, Report

# More than so many columns nobody reads.
ACROSS = 10


def render(report: Report) -> str:
    """Return all experiments, then the machine and the versions they ran on."""
    parts = [_experiment(experiment) for experiment in report.experiments.values()]
    return "\n\n".join([*parts, surroundings(report)])


def table(figures: Sequence[Figure]) -> str:
    """Return the figures with cases across and measures down, or the other way round when there are many cases."""
    cases, rows = across(figures)
    if len(cases) > ACROSS:
        return grid((row[0] for row in rows), ([case, *(row[at] for row in rows)] for at, case in enumerate(cases, 1)))
    return grid(cases, rows)


def across(figures: Sequence[Figure]) -> tuple[list[str], list[list[str]]]:
    """Return the cases, and for each measure its name and a cell for each case."""
    cases = list(dict.fromkeys(figure.case for figure in figures))
    found = {(figure.measure, figure.case): figure for figure in figures}
    measures = dict.fromkeys(figure.measure for figure in figures)
    return cases, [[each, *(cell(found.get((each, case))) for case in cases)] for each in measures]


def grid(heads: Iterable[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table; the first column has no head and stands to the left, the others to the right."""
    heads = list(heads)
    lines = [f"| | {' | '.join(heads)} |", f"|---{'|---:' * len(heads)}|"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])


def cell(figure: Figure | None) -> str:
    """Return the median with its unit, the spread of several, and whether a limit was met; empty for None."""
    if figure is None:
        return ""
    unit = f" {figure.unit}".rstrip()
    text = f"{figure.spread.median:g}{unit}"
    if figure.spread.n > 1:
        text += f" ({figure.spread.min:g}..{figure.spread.max:g})"
    return text + _verdict(figure)


def _experiment(experiment: Experiment) -> str:
    return f"**{experiment.title}.** {experiment.method}\n\n{table(experiment.figures)}"


def _verdict(figure: Figure) -> str:
    if figure.limit is None:
        return ""
    return f", target {target(figure.limit)}: {'met' if figure.met else '**missed**'}"


def target(limit: Limit) -> str:
    """Return the limit in signs."""
    return f"{'≤' if limit.sense == 'at most' else '≥'} {limit.value:.3g}"


def surroundings(report: Report) -> str:
    """Return machine, versions and commands in one line."""
    machine = ", ".join(f"{value} {name}" if name == "cores" else value for name, value in report.machine.items())
    versions = _pairs(report.versions)
    commands = ", ".join(dict.fromkeys(f"`{each.command}` on {each.date}" for each in report.experiments.values()))
    return f"Machine: {machine}. Versions: {versions}. Made by {commands}."


def _pairs(values: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {value}" for name, value in values.items())
