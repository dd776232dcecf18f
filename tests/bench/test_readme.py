from __future__ import annotations

from pathlib import Path

import pytest

from bench.charts import CHARTS, drawn
from bench.headline import headline
from bench.readme import is_current, put, write
from measurement.results import Experiment, Figure, Limit, Report, Spread, encode
from measurement.tables import ACROSS, render, table

BEGIN, END = "<!-- bench:begin -->", "<!-- bench:end -->"


def figure(case: str, measure: str, value: float, unit: str = "", limit: Limit | None = None) -> Figure:
    return Figure(case=case, measure=measure, unit=unit, spread=Spread.of([value]), limit=limit)


def experiment(*figures: Figure, title: str = "Engine") -> Experiment:
    return Experiment(title=title, method="In turns.", figures=figures, command="python -m bench", date="2026-11-21")


def report(ratio: float, **more: Experiment) -> Report:
    engine = experiment(
        Figure(
            case="baseline",
            measure="Monolambda / sharp",
            unit="×",
            spread=Spread(ratio, 0.8, 1.3, 11),
            limit=Limit(1.1),
        ),
        figure("progressive", "Monolambda / sharp", 1.2, "×", Limit(1.1)),
        figure("baseline", "Monolambda", 40 * ratio, "ms"),
        figure("baseline", "sharp", 40, "ms"),
        figure("baseline", "SSIM", 0.94),
    )
    return Report(
        machine={"cpu": "a processor", "cores": "2"},
        versions={"pillow": "13.0.0"},
        sources={},
        experiments={"engine": engine, **more},
    )


def test_the_table_has_cases_across_and_measures_down() -> None:
    assert render(report(0.9)) == (
        "**Engine.** In turns.\n"
        "\n"
        "| | baseline | progressive |\n"
        "|---|---:|---:|\n"
        "| Monolambda / sharp | 0.9 × (0.8..1.3), target ≤ 1.1: met | 1.2 ×, target ≤ 1.1: **missed** |\n"
        "| Monolambda | 36 ms |  |\n"
        "| sharp | 40 ms |  |\n"
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


def test_many_cases_stand_below_each_other() -> None:
    drawn = table([figure(f"case {number}", "CPU", number, "s") for number in range(ACROSS + 1)])
    assert drawn.splitlines()[:3] == ["| | CPU |", "|---|---:|", "| case 0 | 0 s |"]
    assert len(drawn.splitlines()) == 2 + ACROSS + 1


def test_the_headline_names_the_worst_case_of_each_target() -> None:
    steps = [figure(f"step {value}", "said / taken", value, "×", Limit(0.833, "at least")) for value in (0.9, 0.5, 1.2)]
    block = headline(report(0.9, cost=experiment(*steps, title="Cost model")), {})
    assert "| 12 MP JPEG, baseline | 36 ms | 40 ms | 0.9 × |" in block
    assert "| Engine: Monolambda / sharp | 2 | progressive | 1.2 × | ≤ 1.1 | **1 of 2** |" in block
    assert "| Cost model: said / taken | 3 | step 0.5 | 0.5 × | ≥ 0.833 | **2 of 3** |" in block
    assert "step 1.2" not in block


def test_every_chart_is_drawn_from_the_results_alone() -> None:
    stages = experiment(figure("JPEG", "decode, share", 60, "%"), figure("JPEG", "decode, CPU", 20, "ms"))
    lines = [figure(f"{size} MP", f"sharp, {kind}", 3 * size) for size in (1, 2) for kind in ("CPU", "memory")]
    sources = experiment(figure("2 MP", "Monolambda / sharp", 0.95, "×"))
    full = drawn(report(0.9, sources=sources, stages=stages, scaling=experiment(*lines)))
    assert list(full) == [f"docs/charts/bench-{name}.svg" for name in CHARTS]
    assert all(title in svg for title, svg in full.values())
    assert ">0.9<" in full["docs/charts/bench-engines.svg"][1]
    assert ">0.95<" in full["docs/charts/bench-sources.svg"][1]
    assert ">decode<" in full["docs/charts/bench-stages.svg"][1]
    assert list(drawn(report(0.9))) == ["docs/charts/bench-engines.svg"]


def test_readme_page_and_charts_are_current_until_the_results_change(tmp_path: Path) -> None:
    results, charts = tmp_path / "results.json", tmp_path / "docs" / "charts"
    (tmp_path / "README.md").write_text(f"{BEGIN}\n{END}\n")
    results.write_bytes(encode(report(0.9)))
    assert not is_current(tmp_path, results)
    charts.mkdir(parents=True)
    for name in ("bench-gone.svg", "lab-kept.svg"):
        (charts / name).write_text("<svg/>")
    write(tmp_path, results)
    assert is_current(tmp_path, results)
    assert sorted(path.name for path in charts.iterdir()) == ["bench-engines.svg", "lab-kept.svg"]
    assert "](docs/charts/bench-engines.svg)" in (tmp_path / "README.md").read_text()
    assert "In turns." in (tmp_path / "docs" / "bench.md").read_text()
    results.write_bytes(encode(report(0.91)))
    assert not is_current(tmp_path, results)


@pytest.mark.parametrize("name", ["README.md", "docs/bench.md", "docs/charts/bench-engines.svg"])
def test_a_figure_changed_by_hand_is_found(tmp_path: Path, name: str) -> None:
    results = tmp_path / "results.json"
    (tmp_path / "README.md").write_text(f"{BEGIN}\n{END}\n")
    results.write_bytes(encode(report(0.9)))
    write(tmp_path, results)
    changed = tmp_path / name
    changed.write_text(changed.read_text().replace("0.9", "0.8"))
    assert not is_current(tmp_path, results)
