"""Keeps the README's block, docs/bench.md and the charts in step with bench/results.json."""

from __future__ import annotations

from pathlib import Path

from bench.report.charts import FOLDER, PREFIX, draw_charts
from bench.report.derived import with_mean
from bench.report.page import page
from bench.report.readme import readme_block
from bench.report.results_file import read
from bench.report.summary import summary
from measurement.documents import replace_block
from measurement.stamps import ROOT

RESULTS = ROOT / "bench" / "results.json"
README, PAGE = "README.md", "docs/bench.md"
MARKER = "bench"


def files(readme: str, results: Path = RESULTS) -> dict[str, str]:
    """Return the text of each file by its path in the project; ``readme`` is the README as it is."""
    found = with_mean(read(results))
    charts = draw_charts(found)
    titles = {path: title for path, (title, _) in charts.items()}
    linked = {path.removeprefix("docs/"): title for path, title in titles.items()}
    return {
        README: replace_block(readme, readme_block(found, titles), MARKER),
        PAGE: page(found, summary(found, linked)),
        **{path: svg for path, (_, svg) in charts.items()},
    }


def write(root: Path = ROOT, results: Path = RESULTS) -> None:
    """Write the README's block, the page and the charts, and remove charts that are no longer drawn."""
    expected = files(_readme(root), results)
    for path in _charts(root):
        path.unlink()
    for name, text in expected.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def is_current(root: Path = ROOT, results: Path = RESULTS) -> bool:
    """Return whether all of them are up to date with the results, with no chart left over."""
    expected = {root / name: text for name, text in files(_readme(root), results).items()}
    fresh = all(path.exists() and path.read_text(encoding="utf-8") == text for path, text in expected.items())
    return fresh and set(_charts(root)) <= set(expected)


def _readme(root: Path) -> str:
    return (root / README).read_text(encoding="utf-8")


def _charts(root: Path) -> list[Path]:
    return sorted((root / FOLDER).glob(f"{PREFIX}*.svg"))
