"""Writes experiments as Markdown: one table each, cases across and measures down."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from bench.results import Experiment, Figure, Report


def render(report: Report) -> str:
    """Return all experiments, then the machine and the versions they ran on."""
    parts = [_experiment(experiment) for experiment in report.experiments.values()]
    return "\n\n".join([*parts, _surroundings(report)])


def table(figures: Sequence[Figure]) -> str:
    """Return the figures with cases across and measures down."""
    cases = list(dict.fromkeys(figure.case for figure in figures))
    return "\n".join([f"| | {' | '.join(cases)} |", f"|---{'|---:' * len(cases)}|", *_rows(figures, cases)])


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


def _rows(figures: Sequence[Figure], cases: Sequence[str]) -> Iterator[str]:
    found = {(figure.measure, figure.case): figure for figure in figures}
    for measure in dict.fromkeys(figure.measure for figure in figures):
        cells = [cell(found.get((measure, case))) for case in cases]
        yield f"| {measure} | {' | '.join(cells)} |"


def _verdict(figure: Figure) -> str:
    if figure.limit is None:
        return ""
    sign = "≤" if figure.limit.sense == "at most" else "≥"
    return f", target {sign} {figure.limit.value:g}: {'met' if figure.met else '**missed**'}"


def _surroundings(report: Report) -> str:
    machine = ", ".join(f"{value} {name}" if name == "cores" else value for name, value in report.machine.items())
    versions = _pairs(report.versions)
    commands = ", ".join(dict.fromkeys(f"`{each.command}` on {each.date}" for each in report.experiments.values()))
    return f"Machine: {machine}. Versions: {versions}. Made by {commands}."


def _pairs(values: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {value}" for name, value in values.items())
