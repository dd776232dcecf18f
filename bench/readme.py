"""Keeps the figures in the README equal to those in results.json."""

from __future__ import annotations

from pathlib import Path

from bench.results import decode
from bench.setup import ROOT
from bench.tables import render

README = ROOT / "README.md"
RESULTS = ROOT / "bench" / "results.json"


def put(text: str, block: str, name: str = "bench") -> str:
    """Return ``text`` with ``block`` between the markers; raise ValueError unless each is there once, in order."""
    begin, end = f"<!-- {name}:begin -->", f"<!-- {name}:end -->"
    if (text.count(begin), text.count(end)) != (1, 1) or text.index(begin) > text.index(end):
        raise ValueError(f"expected one {begin} and then one {end}")
    before, _, rest = text.partition(begin)
    after = rest.partition(end)[2]
    return f"{before}{begin}\n{block}\n{end}{after}"


def write(readme: Path = README, results: Path = RESULTS) -> None:
    """Bring the README's block up to date."""
    readme.write_text(_wanted(readme, results), encoding="utf-8")


def is_current(readme: Path = README, results: Path = RESULTS) -> bool:
    """Say whether the README's block is what the results give."""
    return readme.read_text(encoding="utf-8") == _wanted(readme, results)


def _wanted(readme: Path, results: Path) -> str:
    return put(readme.read_text(encoding="utf-8"), render(decode(results.read_bytes())))
