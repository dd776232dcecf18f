from __future__ import annotations

from pathlib import Path

import pytest

from bench.readme import is_current, put, write
from bench.results import Experiment, Figure, Limit, Report, Spread, encode
from bench.tables import render

BEGIN, END = "<!-- bench:begin -->", "<!-- bench:end -->"


def report(ratio: float) -> Report:
    figures = (
        Figure(case="baseline", measure="ours / sharp", unit="×", spread=Spread(ratio, 0.8, 1.3, 11), limit=Limit(1.1)),
        Figure(case="progressive", measure="ours / sharp", unit="×", spread=Spread.of([1.2]), limit=Limit(1.1)),
        Figure(case="baseline", measure="SSIM", unit="", spread=Spread.of([0.94])),
    )
    engine = Experiment(
        title="Engine", method="In turns.", figures=figures, command="python -m bench", date="2026-11-21"
    )
    return Report(
        machine={"cpu": "a processor", "cores": "2"},
        versions={"pillow": "13.0.0"},
        sources={},
        experiments={"engine": engine},
    )


def test_the_table_has_cases_across_and_measures_down() -> None:
    assert render(report(0.9)) == (
        "**Engine.** In turns.\n"
        "\n"
        "| | baseline | progressive |\n"
        "|---|---:|---:|\n"
        "| ours / sharp | 0.9 × (0.8..1.3), target ≤ 1.1: met | 1.2 ×, target ≤ 1.1: **missed** |\n"
        "| SSIM | 0.94 |  |\n"
        "\n"
        "Machine: a processor, 2 cores. Versions: pillow 13.0.0. Made by `python -m bench` on 2026-11-21."
    )


def test_only_the_block_between_the_markers_changes() -> None:
    text = f"# Title\n{BEGIN}\nold\n{END}\nrest\n"
    assert put(text, "new") == f"# Title\n{BEGIN}\nnew\n{END}\nrest\n"
    assert put(put(text, "new"), "old") == text


@pytest.mark.parametrize("text", ["none", BEGIN, f"{END} {BEGIN}", f"{BEGIN}{END}{BEGIN}{END}"])
def test_missing_or_doubled_markers_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected one"):
        put(text, "new")


def test_a_readme_is_current_until_the_results_change(tmp_path: Path) -> None:
    readme, results = tmp_path / "README.md", tmp_path / "results.json"
    readme.write_text(f"{BEGIN}\n{END}\n")
    results.write_bytes(encode(report(0.9)))
    assert not is_current(readme, results)
    write(readme, results)
    assert is_current(readme, results)
    results.write_bytes(encode(report(0.91)))
    assert not is_current(readme, results)
