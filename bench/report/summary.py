"""Writes the summary of docs/bench.md: our engine beside its peers, the charts, every target with its worst case."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bench.report.derived import resamplers
from bench.report.results import ExperimentResult, Results
from measurement.figures import Figure
from measurement.tables import markdown_table, target_text

# the experiments of the first table, and what is put before the names of their cases
ENGINES: Mapping[str, str] = {"engine": "12 MP JPEG, ", "sources": "", "animations": "GIF, "}
# the columns of the first table: measure and heading
COLUMNS: Mapping[str, str] = {
    "Monolambda": "Monolambda, CPU",
    "sharp": "sharp, CPU",
    "Monolambda / sharp": "over sharp",
    "Monolambda / pyvips": "over pyvips",
    "Monolambda / thumbor's engine": "over thumbor's engine",
    "Monolambda / naive Pillow": "over naive Pillow",
    "SSIM, Monolambda − sharp": "SSIM minus sharp's",
    "bytes, Monolambda / sharp": "bytes over sharp's",
}
INTRODUCTION = (
    "This is the CPU of one resize to 480 wide, in warm processes that take turns. A ratio is the median of the ratios "
    "of each turn; below 1, Monolambda takes less. The output has the format of its source unless said otherwise."
)


def summary(results: Results, charts: Mapping[str, str]) -> str:
    """Return the summary; ``charts`` are titles by path, as the page links to them."""
    images = "\n\n".join(f"![{title}]({path})" for path, title in charts.items())
    parts = [INTRODUCTION, _engines(results), resamplers(results.versions), images, _targets(results)]
    return "\n\n".join(part for part in parts if part)


def short_text(figure: Figure | None) -> str:
    """Return the median with three significant digits, or all digits before the point, and its unit."""
    if figure is None:
        return ""
    value = figure.spread.median
    return f"{value:.3g} {figure.unit}".rstrip() if abs(value) < 1000 else f"{value:.0f} {figure.unit}".rstrip()


def _engines(results: Results) -> str:
    cells = {
        (prefix + figure.case, figure.measure): figure
        for name, prefix in ENGINES.items()
        if name in results.experiments
        for figure in results.experiments[name].figures
    }
    columns = {measure: heading for measure, heading in COLUMNS.items() if any(name == measure for _, name in cells)}
    cases = dict.fromkeys(case for case, _ in cells)
    rows = [[case, *(short_text(cells.get((case, measure))) for measure in columns)] for case in cases]
    return markdown_table(columns.values(), rows) if rows else ""


def _targets(results: Results) -> str:
    headings = ["cases", "worst case", "measured", "target", "met"]
    rows = [row for each in results.experiments.values() for row in _target_rows(each)]
    return markdown_table(headings, rows) if rows else ""


def _target_rows(result: ExperimentResult) -> Iterator[list[str]]:
    """Yield a row for each measure and target: how many cases have it, the worst of them, and how many meet it."""
    groups: dict[tuple[str, str], list[Figure]] = {}
    for figure in result.figures:
        if figure.target:
            groups.setdefault((figure.measure, target_text(figure.target)), []).append(figure)
    for (measure, target), figures in groups.items():
        worst = max(figures, key=_excess)
        met = sum(figure.met is True for figure in figures)
        verdict = "all" if met == len(figures) else f"**{met} of {len(figures)}**"
        yield [f"{result.title}: {measure}", str(len(figures)), worst.case, short_text(worst), target, verdict]


def _excess(figure: Figure) -> float:
    """Return by how much the median is on the wrong side of its target; negative when it is met."""
    if figure.target is None:
        return 0.0
    over = figure.spread.median - figure.target.value
    return over if figure.target.sense == "at most" else -over
