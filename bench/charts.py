"""Draws the charts of the README from results.json alone; an experiment that is not in it has no chart."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import msgspec

from measurement.chart import bar_chart, line_chart, stacked_bars
from measurement.results import Experiment, Report

FOLDER: Final = "docs/charts"
PREFIX: Final = "bench-"
PEER: Final = "sharp"


class Chart(msgspec.Struct, frozen=True):
    """One picture: its title, the experiment it shows, and what draws it."""

    title: str
    experiment: str
    draw: Callable[[str, Experiment], str]


def drawn(report: Report) -> dict[str, tuple[str, str]]:
    """Return title and SVG text of each chart that there are figures for, by its path in the repository."""
    return {
        f"{FOLDER}/{PREFIX}{name}.svg": (chart.title, chart.draw(chart.title, report.experiments[chart.experiment]))
        for name, chart in CHARTS.items()
        if chart.experiment in report.experiments
    }


def _engines(title: str, experiment: Experiment) -> str:
    """Draw the CPU of every subject over that of sharp, for the first case."""
    case = experiment.figures[0].case
    taken = {f.measure: f.spread.median for f in experiment.figures if f.case == case and f.unit == "ms"}
    return bar_chart(title, {name: round(cpu / taken[PEER], 2) for name, cpu in taken.items()}, across="× sharp")


def _sources(title: str, experiment: Experiment) -> str:
    """Draw our CPU over that of sharp, for every case."""
    ratios = {f.case: round(f.spread.median, 2) for f in experiment.figures if f.measure == f"Monolambda / {PEER}"}
    return bar_chart(title, ratios, across="× sharp")


def _stages(title: str, experiment: Experiment) -> str:
    cases: dict[str, dict[str, float]] = {}
    for figure in experiment.figures:
        name, _, kind = figure.measure.partition(", ")
        if kind == "share":
            cases.setdefault(figure.case, {})[name] = figure.spread.median
    # shares were rounded one by one, and are to fill their bar
    whole = {case: sum(parts.values()) / 100 for case, parts in cases.items()}
    filled = {case: {name: share / whole[case] for name, share in parts.items()} for case, parts in cases.items()}
    return stacked_bars(title, filled, across="% of CPU")


def _time(title: str, experiment: Experiment) -> str:
    return line_chart(title, _lines(experiment, ", CPU"), across="megapixels of source", up="ms")


def _memory(title: str, experiment: Experiment) -> str:
    return line_chart(title, _lines(experiment, ", memory"), across="megapixels of source", up="MiB")


def _lines(experiment: Experiment, ending: str) -> Mapping[str, list[tuple[float, float]]]:
    lines: dict[str, list[tuple[float, float]]] = {}
    for figure in experiment.figures:
        if figure.measure.endswith(ending):
            point = float(figure.case.split()[0]), figure.spread.median
            lines.setdefault(figure.measure.removesuffix(ending), []).append(point)
    return lines


CHARTS: Final[Mapping[str, Chart]] = {
    "engines": Chart("CPU of a 12 MP JPEG to 480 wide, over that of sharp", "engine", _engines),
    "sources": Chart("CPU of Monolambda over that of sharp, other sources to 480 wide", "sources", _sources),
    "stages": Chart("Where the CPU of one resize goes", "stages", _stages),
    "scaling-time": Chart("CPU of one resize to 480 wide", "scaling", _time),
    "scaling-memory": Chart("Memory of one resize to 480 wide, over the loaded process", "scaling", _memory),
}
