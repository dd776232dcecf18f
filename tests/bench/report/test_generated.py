from __future__ import annotations

from pathlib import Path

import pytest

from bench.report.generated import is_current, write
from bench.report.results_file import encode
from tests.support.bench_results import results

MARKERS = "<!-- bench:begin -->\n<!-- bench:end -->\n"


def test_all_are_current_until_the_results_change(tmp_path: Path) -> None:
    path, charts = tmp_path / "results.json", tmp_path / "docs" / "charts"
    (tmp_path / "README.md").write_text(MARKERS)
    path.write_bytes(encode(results(0.9)))
    assert not is_current(tmp_path, path)
    charts.mkdir(parents=True)
    for name in ("bench-gone.svg", "lab-kept.svg"):
        (charts / name).write_text("<svg/>")
    write(tmp_path, path)
    assert is_current(tmp_path, path)
    assert sorted(chart.name for chart in charts.iterdir()) == ["bench-engines.svg", "lab-kept.svg"]
    assert "](docs/charts/bench-engines.svg)" in (tmp_path / "README.md").read_text()
    page = (tmp_path / "docs" / "bench.md").read_text()
    assert "In turns." in page
    assert "](charts/bench-engines.svg)" in page
    path.write_bytes(encode(results(0.91)))
    assert not is_current(tmp_path, path)


SHOWN = [("README.md", "Engine: 1"), ("docs/bench.md", "0.9"), ("docs/charts/bench-engines.svg", "0.9")]


@pytest.mark.parametrize(("name", "shown"), SHOWN)
def test_a_figure_changed_by_hand_is_found(tmp_path: Path, name: str, shown: str) -> None:
    path = tmp_path / "results.json"
    (tmp_path / "README.md").write_text(MARKERS)
    path.write_bytes(encode(results(0.9)))
    write(tmp_path, path)
    changed = tmp_path / name
    changed.write_text(changed.read_text().replace(shown, "0.8"))
    assert not is_current(tmp_path, path)
