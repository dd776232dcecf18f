"""Draws the charts from results.json alone; an experiment that is not in it has no chart."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import msgspec

from bench.report.results import ExperimentResult, Results
from measurement.chart import bar_chart, line_chart, stacked_bars

FOLDER: Final = "docs/charts"
PREFIX: Final = "bench-"
PEER: Final = "sharp"


class Chart(msgspec.Struct, frozen=True):
    """One chart: its title, the name of the experiment it shows, and the function that draws it as SVG."""

    title: str
    experiment: str
    draw: Callable[[str, ExperimentResult], str]


def draw_charts(results: Results) -> dict[str, tuple[str, str]]:
    """Return title and SVG of each chart there are figures for, by its path in the repository."""
    return {
        f"{FOLDER}/{PREFIX}{name}.svg": (chart.title, chart.draw(chart.title, results.experiments[chart.experiment]))
        for name, chart in CHARTS.items()
        if chart.experiment in results.experiments
    }


def _engines(title: str, result: ExperimentResult) -> str:
    """Draw the CPU of every subject over sharp's, for the first case."""
    case = result.figures[0].case
    cpu_ms = {f.measure: f.spread.median for f in result.figures if f.case == case and f.unit == "ms"}
    return bar_chart(title, {name: round(cpu / cpu_ms[PEER], 2) for name, cpu in cpu_ms.items()}, x_label="× sharp")


def _sources(title: str, result: ExperimentResult) -> str:
    """Draw our CPU over sharp's, for every case."""
    ratios = {f.case: round(f.spread.median, 2) for f in result.figures if f.measure == f"Monolambda / {PEER}"}
    return bar_chart(title, ratios, x_label="× sharp")


def _stages(title: str, result: ExperimentResult) -> str:
    cases: dict[str, dict[str, float]] = {}
    for figure in result.figures:
        name, _, kind = figure.measure.partition(", ")
        if kind == "share":
            cases.setdefault(figure.case, {})[name] = figure.spread.median
    # the shares were rounded one by one, so they are scaled to fill the bar
    sums = {case: sum(parts.values()) / 100 for case, parts in cases.items()}
    scaled = {case: {name: share / sums[case] for name, share in parts.items()} for case, parts in cases.items()}
    return stacked_bars(title, scaled, x_label="% of CPU")


def _time(title: str, result: ExperimentResult) -> str:
    return line_chart(title, _lines(result, ", CPU"), x_label="megapixels of source", y_label="ms")


def _memory(title: str, result: ExperimentResult) -> str:
    return line_chart(title, _lines(result, ", memory"), x_label="megapixels of source", y_label="MiB")


def _lines(result: ExperimentResult, ending: str) -> Mapping[str, list[tuple[float, float]]]:
    lines: dict[str, list[tuple[float, float]]] = {}
    for figure in result.figures:
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
