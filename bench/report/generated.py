"""Keeps the README's block, docs/bench.md and the charts equal to what bench/results.json gives."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from bench.report.charts import FOLDER, PREFIX, draw_charts
from bench.report.page import page
from bench.report.results_file import decode
from bench.report.summary import summary
from measurement.documents import replace_block
from measurement.stamps import ROOT

RESULTS = ROOT / "bench" / "results.json"
README, PAGE = "README.md", "docs/bench.md"
MARKER = "bench"


def write(root: Path = ROOT, results: Path = RESULTS) -> None:
    """Write the README's block, the page and the charts, and remove charts that are no longer drawn."""
    expected = _expected(root, results)
    for path in _charts(root):
        path.unlink()
    for name, text in expected.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def is_current(root: Path = ROOT, results: Path = RESULTS) -> bool:
    """Say whether all of them are what the results give, with no chart left over."""
    expected = {root / name: text for name, text in _expected(root, results).items()}
    fresh = all(path.exists() and path.read_text(encoding="utf-8") == text for path, text in expected.items())
    return fresh and set(_charts(root)) <= set(expected)


def _charts(root: Path) -> list[Path]:
    return sorted((root / FOLDER).glob(f"{PREFIX}*.svg"))


def _expected(root: Path, path: Path) -> Mapping[str, str]:
    """Return the text of each file by its path under ``root``."""
    results = decode(path.read_bytes())
    charts = draw_charts(results)
    block = summary(results, {path: title for path, (title, _) in charts.items()})
    readme = replace_block((root / README).read_text(encoding="utf-8"), block, MARKER)
    return {README: readme, PAGE: page(results), **{path: svg for path, (_, svg) in charts.items()}}
