"""Keeps the figures in the README equal to those in results.json."""

from __future__ import annotations

from pathlib import Path

from bench.results import decode
from bench.setup import ROOT
from bench.tables import render

README = ROOT / "README.md"
RESULTS = ROOT / "bench" / "results.json"
BEGIN, END = "<!-- bench:begin -->", "<!-- bench:end -->"


def put(text: str, block: str) -> str:
    """Return ``text`` with ``block`` between the markers; raise ValueError unless each is there once, in order."""
    if (text.count(BEGIN), text.count(END)) != (1, 1) or text.index(BEGIN) > text.index(END):
        raise ValueError(f"expected one {BEGIN} and then one {END}")
    before, _, rest = text.partition(BEGIN)
    after = rest.partition(END)[2]
    return f"{before}{BEGIN}\n{block}\n{END}{after}"


def write(readme: Path = README, results: Path = RESULTS) -> None:
    """Bring the README's block up to date."""
    readme.write_text(_wanted(readme, results), encoding="utf-8")


def is_current(readme: Path = README, results: Path = RESULTS) -> bool:
    """Say whether the README's block is what the results give."""
    return readme.read_text(encoding="utf-8") == _wanted(readme, results)


def _wanted(readme: Path, results: Path) -> str:
    return put(readme.read_text(encoding="utf-8"), render(decode(results.read_bytes())))
