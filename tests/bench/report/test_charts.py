from __future__ import annotations

from bench.report.charts import CHARTS, draw_charts
from tests.support.bench_results import experiment, results
from tests.support.figures import figure


def test_every_chart_is_drawn_from_the_results_alone() -> None:
    stages = experiment(figure("JPEG", "decode, share", 60, "%"), figure("JPEG", "decode, CPU", 20, "ms"))
    lines = [figure(f"{size} MP", f"sharp, {kind}", 3 * size) for size in (1, 2) for kind in ("CPU", "memory")]
    sources = experiment(figure("2 MP", "Monolambda / sharp", 0.95, "×"))
    charts = draw_charts(results(0.9, sources=sources, stages=stages, scaling=experiment(*lines)))
    assert list(charts) == [f"docs/charts/bench-{name}.svg" for name in CHARTS]
    assert all(title in svg for title, svg in charts.values())
    assert ">0.9<" in charts["docs/charts/bench-engines.svg"][1]
    assert ">0.95<" in charts["docs/charts/bench-sources.svg"][1]
    assert ">decode<" in charts["docs/charts/bench-stages.svg"][1]
    assert list(draw_charts(results(0.9))) == ["docs/charts/bench-engines.svg"]
