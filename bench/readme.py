"""Keeps the README's figures, docs/bench.md and the charts equal to what results.json gives."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from bench.charts import FOLDER, PREFIX, drawn
from bench.headline import headline
from measurement.documents import put
from measurement.results import decode
from measurement.stamps import ROOT
from measurement.tables import render

RESULTS = ROOT / "bench" / "results.json"
README, PAGE = "README.md", "docs/bench.md"
TITLE = """# Measured

Written by `python -m bench readme` from [bench/results.json](../bench/results.json), which `make bench` writes; the
[README](../README.md#measured) shows the headlines and the charts. A figure is the median, with the least and the most
in brackets when there were several.
"""


def write(root: Path = ROOT, results: Path = RESULTS) -> None:
    """Bring the README's block, the page of tables and the charts up to date."""
    wanted = _wanted(root, results)
    for path in _charts(root):
        path.unlink()
    for name, text in wanted.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def is_current(root: Path = ROOT, results: Path = RESULTS) -> bool:
    """Say whether all of them are what the results give, and no chart is left over from before."""
    wanted = {root / name: text for name, text in _wanted(root, results).items()}
    fresh = all(path.exists() and path.read_text(encoding="utf-8") == text for path, text in wanted.items())
    return fresh and set(_charts(root)) <= set(wanted)


def _charts(root: Path) -> list[Path]:
    return sorted((root / FOLDER).glob(f"{PREFIX}*.svg"))


def _wanted(root: Path, results: Path) -> Mapping[str, str]:
    """Return the text of each file by its path under ``root``."""
    report = decode(results.read_bytes())
    charts = drawn(report)
    block = headline(report, {path: title for path, (title, _) in charts.items()})
    readme = put((root / README).read_text(encoding="utf-8"), block)
    return {README: readme, PAGE: f"{TITLE}\n{render(report)}\n", **{path: svg for path, (_, svg) in charts.items()}}
