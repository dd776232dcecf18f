"""Writes what the README shows of the results: the engines, the charts, and every target with its worst case."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from measurement.results import Experiment, Figure, Report
from measurement.tables import grid, surroundings, target

ENGINES = ("engine", "sources")
# What the columns of the first table show: measure and words.
COLUMNS: Mapping[str, str] = {
    "Monolambda": "Monolambda, CPU",
    "sharp": "sharp, CPU",
    "Monolambda / sharp": "over sharp",
    "Monolambda / pyvips": "over pyvips",
    "Monolambda / thumbor's engine": "over thumbor's engine",
    "Monolambda / naive Pillow": "over naive Pillow",
    "SSIM, Monolambda − sharp": "SSIM less sharp's",
}
NAMES: Mapping[str, str] = {"engine": "12 MP JPEG, "}
INTRODUCTION = (
    "CPU of one resize to 480 wide in warm processes, in turns, median of the ratios of each turn; the output has the "
    "format of its source unless said otherwise. [Every table, and how it was measured](docs/bench.md)."
)


def headline(report: Report, charts: Mapping[str, str]) -> str:
    """Return the block; ``charts`` are title by path."""
    shown = "\n\n".join(f"![{title}]({path})" for path, title in charts.items())
    parts = [INTRODUCTION, _engines(report), shown, _targets(report), surroundings(report)]
    return "\n\n".join(part for part in parts if part)


def _engines(report: Report) -> str:
    figures = [(NAMES.get(name, ""), figure) for name, each in _of(report, ENGINES) for figure in each.figures]
    found = {(prefix + figure.case, figure.measure): figure for prefix, figure in figures}
    columns = {measure: words for measure, words in COLUMNS.items() if any(name == measure for _, name in found)}
    cases = dict.fromkeys(case for case, _ in found)
    rows = [[case, *(_short(found.get((case, measure))) for measure in columns)] for case in cases]
    return grid(columns.values(), rows) if rows else ""


def _short(figure: Figure | None) -> str:
    if figure is None:
        return ""
    value = figure.spread.median
    return f"{value:.3g} {figure.unit}".rstrip() if abs(value) < 1000 else f"{value:.0f} {figure.unit}".rstrip()


def _targets(report: Report) -> str:
    """Return one row for each kind of target: how many cases have it, how many keep it, and the worst of them."""
    heads = ["cases", "worst case", "there", "expected", "kept"]
    rows = [row for _, each in report.experiments.items() for row in _kinds(each)]
    return grid(heads, rows) if rows else ""


def _kinds(experiment: Experiment) -> Iterator[list[str]]:
    kinds: dict[tuple[str, str], list[Figure]] = {}
    for figure in experiment.figures:
        if figure.limit:
            kinds.setdefault((figure.measure, target(figure.limit)), []).append(figure)
    for (measure, expected), figures in kinds.items():
        worst = max(figures, key=_excess)
        kept = sum(figure.met is True for figure in figures)
        verdict = "all" if kept == len(figures) else f"**{kept} of {len(figures)}**"
        words = f"{experiment.title}: {measure}"
        yield [words, str(len(figures)), worst.case, _short(worst), expected, verdict]


def _excess(figure: Figure) -> float:
    if figure.limit is None:
        return 0.0
    over = figure.spread.median - figure.limit.value
    return over if figure.limit.sense == "at most" else -over


def _of(report: Report, names: tuple[str, ...]) -> Iterator[tuple[str, Experiment]]:
    return ((name, report.experiments[name]) for name in names if name in report.experiments)
